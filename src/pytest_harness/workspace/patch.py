"""Patches in git's format: written here, applied by git."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import PatchError
from pytest_harness.records import FileChange
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import ChangeKind, Ended
from pytest_harness.workspace.compare import Difference, differences
from pytest_harness.workspace.git import bare_repository, run_git
from pytest_harness.workspace.hunks import hunks, lines_of
from pytest_harness.workspace.manifest import Entry, EntryKind, Manifest, display, unusable

TEXT_LIMIT = 1 << 20
"""Bytes above which a file is written as binary."""
SIZE_LIMIT = 64 << 20
"""Bytes above which a file is left out of a patch."""

_NO_BLOB = b"0" * 40


@dataclass(frozen=True, slots=True)
class Patch:
    """What leads from one directory to another."""

    data: bytes
    """A patch in git's format; empty if it has nothing to say."""
    changes: tuple[FileChange, ...]
    """All differences, with line counts for text."""
    left_out: tuple[str, ...] = ()
    """Changed paths that a patch cannot hold: empty directories, permissions other than whether
    a file can be executed, ``.git`` below the root, and files above `SIZE_LIMIT`."""


def render(before_root: Path, after_root: Path, before: Manifest, after: Manifest) -> Patch:
    """Write the patch that leads from one directory to another, given their manifests.

    Raises `WorkspaceError` for a file that cannot be read.
    """
    written: list[bytes] = []
    changes: list[FileChange] = []
    left_out: list[str] = []
    for difference in differences(before, after):
        if not _fits(difference):
            changes.append(difference.record())
            left_out.append(display(difference.path))
            continue
        old = _Side.read(before_root, difference.old_path or difference.path, difference.old)
        new = _Side.read(after_root, difference.path, difference.new)
        counts = _Counts()
        if difference.kind is ChangeKind.TYPE:
            written += _section(old, _Side(new.path), counts)
            written += _section(_Side(old.path), new, counts)
        else:
            written += _section(old, new, counts)
        changes.append(difference.record(counts.added, counts.removed))
    return Patch(b"".join(written), tuple(changes), tuple(left_out))


def apply(patch: Path, root: Path, runner: Runner, *, check: bool = False) -> None:
    """Apply the file ``patch`` to ``root`` through ``git apply``; with ``check`` only try to.

    ``root`` may be a repository, lie within one, or neither: only its files matter. All of the
    patch is applied or nothing. Raises `PatchError` if it does not apply or git is missing.
    """
    try:
        if not patch.stat().st_size:
            return
    except OSError as error:
        raise PatchError(
            f"cannot read the patch {patch}: {error.strerror}; check its path"
        ) from error
    if not root.is_dir():
        raise PatchError(f"cannot apply {patch} to {root}: it is no directory; check the path")
    arguments = ["apply", "--whitespace=nowarn", *(["--check"] if check else [])]
    with tempfile.TemporaryDirectory(prefix="harness-patch-") as scratch:
        bare_repository(Path(scratch))
        result = run_git(
            runner,
            [*arguments, "--", str(patch.absolute())],
            directory=Path(scratch),
            worktree=root.absolute(),
        )
    if result.ended is Ended.NOT_STARTED:
        raise PatchError(f"cannot apply {patch}: git was not found; install git")
    if result.ended is not Ended.EXIT or result.exit != 0:
        said = result.stderr.text().strip().replace("\n", "; ") or str(result.ended)
        raise PatchError(
            f"{patch} does not apply to {root} ({said}); "
            "bring the directory back to the state that the patch was made from"
        )


@dataclass(slots=True)
class _Counts:
    added: int | None = 0
    removed: int | None = 0

    def add(self, added: int, removed: int) -> None:
        if self.added is not None and self.removed is not None:
            self.added += added
            self.removed += removed

    def binary(self) -> None:
        self.added = self.removed = None


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a difference as git sees it; nothing if ``mode`` is ``None``."""

    path: bytes
    mode: bytes | None = None
    data: bytes = b""

    @classmethod
    def read(cls, root: Path, path: bytes, entry: Entry | None) -> _Side:
        if entry is None or entry.kind is EntryKind.DIRECTORY:
            return cls(path)
        if entry.link is not None:
            return cls(path, b"120000", entry.link)
        top = os.fsencode(root)
        try:
            with open(top + b"/" + path, "rb") as file:  # noqa: PTH123 - the path is bytes
                data = file.read()
        except OSError as error:
            raise unusable("read", top, path, error) from error
        return cls(path, _git_mode(entry), data)

    @property
    def blob(self) -> bytes:
        if self.mode is None:
            return _NO_BLOB
        header = b"blob %d\0" % len(self.data)
        return hashlib.sha1(header + self.data, usedforsecurity=False).hexdigest().encode()

    @property
    def binary(self) -> bool:
        return b"\0" in self.data or len(self.data) > TEXT_LIMIT


def _git_mode(entry: Entry) -> bytes:
    if entry.kind is EntryKind.LINK:
        return b"120000"
    return b"100755" if entry.mode & 0o100 else b"100644"


def _fits(difference: Difference) -> bool:
    """Say whether git's format can hold the difference."""
    sides = [side for side in (difference.old, difference.new) if side is not None]
    paths = [difference.path, *([difference.old_path] if difference.old_path else [])]
    if any(part.lower() == b".git" for path in paths for part in path.split(b"/")):
        return False
    if any(side.size > SIZE_LIMIT for side in sides):
        return False
    if difference.kind is ChangeKind.MODE:
        directory = any(side.kind is EntryKind.DIRECTORY for side in sides)
        return not directory and len({_git_mode(side) for side in sides}) == 2
    return any(side.kind is not EntryKind.DIRECTORY for side in sides)


def _section(old: _Side, new: _Side, counts: _Counts) -> Iterator[bytes]:
    """Write what git writes about one path."""
    if old.mode is None and new.mode is None:
        return
    yield b"diff --git %s %s\n" % (_quoted(b"a/" + old.path), _quoted(b"b/" + new.path))
    if old.mode is None:
        yield b"new file mode %s\n" % (new.mode or b"")
    elif new.mode is None:
        yield b"deleted file mode %s\n" % old.mode
    elif old.mode != new.mode:
        yield b"old mode %s\nnew mode %s\n" % (old.mode, new.mode)
    if old.path != new.path:
        yield b"similarity index 100%%\nrename from %s\nrename to %s\n" % (
            _quoted(old.path),
            _quoted(new.path),
        )
    if old.data == new.data and old.mode is not None and new.mode is not None:
        return
    index = b"index %s..%s" % (old.blob, new.blob)
    yield index + (b" %s\n" % old.mode if old.mode == new.mode and old.mode else b"\n")
    if old.data == new.data:
        return
    if old.binary or new.binary:
        counts.binary()
        yield b"GIT binary patch\n"
        yield from _literal(new.data)
        yield from _literal(old.data)
        return
    yield b"--- %s\n" % (b"/dev/null" if old.mode is None else _ended(b"a/" + old.path))
    yield b"+++ %s\n" % (b"/dev/null" if new.mode is None else _ended(b"b/" + new.path))
    yield from _counted(hunks(lines_of(old.data), lines_of(new.data)), counts)


def _counted(lines: Iterable[bytes], counts: _Counts) -> Iterator[bytes]:
    for line in lines:
        counts.add(line[:1] == b"+", line[:1] == b"-")
        yield line


def _literal(data: bytes) -> Iterator[bytes]:
    packed = zlib.compress(data)
    yield b"literal %d\n" % len(data)
    for start in range(0, len(packed), 52):
        part = packed[start : start + 52]
        size = len(part)
        yield bytes([size + (64 if size <= 26 else 70)])
        yield base64.b85encode(part, pad=True) + b"\n"
    yield b"\n"


_ESCAPES = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}


def _quoted(path: bytes) -> bytes:
    """Write a path as git does: in quotes with escapes if it holds anything unusual."""
    if all(32 <= byte < 127 and byte not in {34, 92} for byte in path):
        return path
    return b'"' + b"".join(map(_escaped, path)) + b'"'


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return b"\\" + _ESCAPES[byte]
    return bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte


def _ended(path: bytes) -> bytes:
    """Write a path on a line of its own; the tab tells where one with spaces ends."""
    quoted = _quoted(path)
    return quoted + b"\t" if b" " in path and quoted == path else quoted
