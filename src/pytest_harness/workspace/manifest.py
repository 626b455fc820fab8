"""What a directory holds: every file, link and directory with its mode and content digest."""

from __future__ import annotations

import enum
import errno
import functools
import hashlib
import os
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pathspec

from pytest_harness.errors import SpecialFileError, WorkspaceError

RESERVED = frozenset({b".git", b".pytest-harness"})
"""Names at the root of a workspace that are never part of its content."""

_CHUNK = 1 << 20
_LARGE = 1 << 30
_SETTLED_NS = 2_000_000_000
_CACHE_LIMIT = 250_000
_digests: dict[tuple[int, int, int, int, int], str] = {}


class EntryKind(enum.StrEnum):
    """What a path is."""

    FILE = "file"
    LINK = "link"
    DIRECTORY = "directory"


class Entry(NamedTuple):
    """One path of a manifest."""

    kind: EntryKind
    """What it is."""
    mode: int
    """Permission bits; always 0o777 for a link."""
    size: int
    """Bytes of a file or of a link's target; 0 for a directory."""
    digest: str | None
    """SHA-256 of a file's content, in hexadecimal."""
    link: bytes | None
    """Where a link points, as it is written in it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a directory holds, apart from what is ignored."""

    entries: Mapping[bytes, Entry]
    """By path below the directory, with ``/``, in order."""
    digest: str
    """SHA-256 over paths, kinds, modes, contents and links, in hexadecimal."""
    ignored: tuple[bytes, ...] = ()
    """Paths that were left out by pattern, topmost only, in order."""


def display(path: bytes) -> str:
    r"""Return a path as text; bytes that are not UTF-8 appear as ``\xNN``."""
    return path.decode("utf-8", "backslashreplace")


def special_file(root: bytes, path: bytes) -> SpecialFileError:
    """Return the error about a socket, a pipe or a device in ``root``."""
    return SpecialFileError(
        f"{display(path)!r} in {display(root)} is a socket, a pipe or a device, "
        "which cannot be part of a workspace; remove it"
    )


def unusable(action: str, root: bytes, path: bytes, error: OSError) -> WorkspaceError:
    """Return the error about a path that the system refused to read or write."""
    return WorkspaceError(
        f"cannot {action} {display(path or b'.')!r} in {display(root)}: {error.strerror}; "
        "check that it exists and its permissions"
    )


class Ignore:
    """Patterns as in ``.gitignore``, asked about one path at a time."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = pathspec.GitIgnoreSpec.from_lines(patterns) if patterns else None

    def matches(self, path: bytes, *, directory: bool) -> bool:
        """Say whether the path is ignored by itself, not because of a directory above it."""
        if self._spec is None:
            return False
        return self._spec.match_file(searchable(display(path)) + ("/" if directory else ""))

    def covers(self, path: bytes) -> bool:
        """Say whether the path, which is no directory, or a directory above it is ignored."""
        parts = path.split(b"/")
        above = (b"/".join(parts[:length]) for length in range(1, len(parts)))
        return self.matches(path, directory=False) or any(
            self.matches(each, directory=True) for each in above
        )


@functools.lru_cache(maxsize=64)
def _ignore(patterns: tuple[str, ...]) -> Ignore:
    return Ignore(patterns)


def ignoring(patterns: Sequence[str]) -> Ignore:
    """Return the patterns compiled. Raises `WorkspaceError` for one that cannot be read."""
    try:
        return _ignore(tuple(patterns))
    except ValueError as error:
        raise WorkspaceError(
            f"an ignore pattern cannot be read: {error}; write it as in .gitignore"
        ) from error


def searchable(path: str) -> str:
    """Return ``path`` fit for patterns, whose ``$`` would also match before a final newline."""
    return path.replace("\n", "\N{REPLACEMENT CHARACTER}")


def scan(root: Path, ignore: Sequence[str] = ()) -> Manifest:
    """Read the content of ``root`` without following any link.

    ``.git`` and ``.pytest-harness`` at the root are left out, and so is what the patterns in
    ``ignore`` match. Raises `SpecialFileError` for a socket, a pipe or a device, and
    `WorkspaceError` for what cannot be read.
    """
    top = os.fsencode(root)
    found: dict[bytes, Entry] = {}
    left_out: list[bytes] = []
    path = b""
    try:
        ignored = ignoring(ignore)
        started = time.time_ns()
        pending = [b""]
        while pending:
            path = prefix = pending.pop()
            with os.scandir(top + b"/" + prefix) as items:
                for item in items:
                    path = prefix + item.name
                    if not prefix and path in RESERVED:
                        continue
                    is_directory = item.is_dir(follow_symlinks=False)
                    if ignored.matches(path, directory=is_directory):
                        left_out.append(path)
                        continue
                    found[path] = _entry(top, path, item, started)
                    if is_directory:
                        pending.append(path + b"/")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise SpecialFileError(
                f"{display(top)!r} has directories that are too deep to be named, below "
                f"{display(path[:100])!r}; remove them"
            ) from error
        raise unusable("read", top, path, error) from error
    entries = {path: found[path] for path in sorted(found)}
    return Manifest(MappingProxyType(entries), _overall(entries), tuple(sorted(left_out)))


def _entry(top: bytes, path: bytes, item: os.DirEntry[bytes], started: int) -> Entry:
    info = item.stat(follow_symlinks=False)
    mode = info.st_mode
    if stat.S_ISREG(mode):
        if info.st_size > _LARGE and info.st_blocks * 512 < info.st_size // 2:
            raise SpecialFileError(
                f"{display(path)!r} in {display(top)!r} claims {info.st_size >> 30} GiB and holds "
                "next to nothing, so that it cannot be part of a workspace; remove it"
            )
        digest = _content(item.path, info, started)
        return Entry(EntryKind.FILE, stat.S_IMODE(mode), info.st_size, digest, None)
    if stat.S_ISDIR(mode):
        return Entry(EntryKind.DIRECTORY, stat.S_IMODE(mode), 0, None, None)
    if stat.S_ISLNK(mode):
        link = os.readlink(item.path)  # noqa: PTH115 - the path is bytes
        return Entry(EntryKind.LINK, 0o777, len(link), None, link)
    raise special_file(top, path)


def _content(path: bytes, info: os.stat_result, started: int) -> str:
    """Digest a file, or remember it.

    A file that changed just before the scan may change again without any of its times moving, so
    only what has been left alone for a while is remembered.
    """
    key = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    known = _digests.get(key)
    if known is not None:
        return known
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if info.st_size < _CHUNK:
            digest = hashlib.sha256(os.read(descriptor, info.st_size + 1)).hexdigest()
        else:
            running = hashlib.sha256()
            while data := os.read(descriptor, _CHUNK):
                running.update(data)
            digest = running.hexdigest()
    finally:
        os.close(descriptor)
    if info.st_ctime_ns < started - _SETTLED_NS:
        if len(_digests) >= _CACHE_LIMIT:
            _digests.clear()
        _digests[key] = digest
    return digest


def _overall(entries: Mapping[bytes, Entry]) -> str:
    running = hashlib.sha256()
    for path, entry in entries.items():
        said = entry.link if entry.link is not None else (entry.digest or "").encode()
        running.update(b"%s %o\0%s\0%s\0" % (entry.kind.encode(), entry.mode, path, said))
    return running.hexdigest()
