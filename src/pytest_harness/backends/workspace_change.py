"""What a proposal made of its workspace: taken down, and done again elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pytest_harness.backends.placeholders import Places
from pytest_harness.errors import PatchError, WorkspaceError
from pytest_harness.redaction import Vault
from pytest_harness.runtime.process import Runner
from pytest_harness.workspace import (
    Entry,
    EntryKind,
    Manifest,
    apply,
    copy_tree,
    display,
    render,
    scan,
)
from pytest_harness.workspace.patch import TEXT_LIMIT

_SAFE = "/ !#$&'()*+,-.:;=?@[]^_`{|}~"
_RESERVED = (b".git", b".pytest-harness")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What leads from one workspace to another. Unusual bytes of paths are percent-encoded."""

    patch: bytes = b""
    """In git's format, with placeholders for paths."""
    removed: tuple[str, ...] = ()
    """Directories that are gone; a patch knows files only."""
    directories: Mapping[str, int] = field(default_factory=dict)
    """Directories that came, that are left empty or whose mode changed, with their modes."""
    modes: Mapping[str, int] = field(default_factory=dict)
    """Modes of the files that changed; a patch knows whether a file can be executed, no more."""

    def apply(self, root: Path, places: Places, scratch: Path, runner: Runner) -> None:
        """Do it again to ``root``. ``scratch`` is a directory for a moment's files.

        Raises `PatchError` if it does not fit what is there, and `WorkspaceError`.
        """
        try:
            self._remove(root)
            file = scratch / "workspace.patch"
            file.write_bytes(places.unpack(self.patch))
            apply(file, root, runner)
            self._remove(root)
            for name, mode in sorted(self.directories.items()):
                path = _below(root, name)
                path.mkdir(parents=True, exist_ok=True)
                _set_mode(path, mode)
            for name, mode in self.modes.items():
                _set_mode(_below(root, name), mode)
        except OSError as error:
            raise WorkspaceError(
                f"cannot change {error.filename or root}: {error.strerror}; "
                "record the proposal again with --harness-record"
            ) from error

    def _remove(self, root: Path) -> None:
        """Remove the directories that are gone, as far as nothing is in them, deepest first."""
        for name in sorted(self.removed, reverse=True):
            path = _named(root, name)
            if _link_above(root, path) is not None or path.is_symlink():
                continue  # Something else has taken its place.
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def take_change(
    before: Path,
    workspace: Path,
    ignore: Sequence[str],
    places: Places,
    vault: Vault,
    scratch: Path,
    runner: Runner,
) -> Change:
    """Take down what leads from ``before``, a copy that is used up, to ``workspace``.

    Secrets are hidden in what changed. The change is tried before it is returned: raises
    `WorkspaceError` or `PatchError` if it cannot be done again.
    """
    after = scratch / "after"
    left_out = {*_RESERVED, *scan(workspace, ignore).ignored}
    copy_tree(workspace, after, without=left_out)
    old = scan(before)
    _hide_changed(before, after, old, scan(after), vault)
    new = scan(after)
    patch = render(before, after, old, new)
    for path in _changed_files(old, new):
        if display(path) in patch.left_out and not _same_content(old, new, path):
            raise _unheld(path)
    change = Change(
        patch=places.pack(vault.hide_bytes(patch.data)),
        removed=tuple(
            _name(path)
            for path, entry in old.entries.items()
            if entry.kind is EntryKind.DIRECTORY and not _is(new, path, EntryKind.DIRECTORY)
        ),
        directories=dict(_directories(old, new)),
        modes={_name(path): new.entries[path].mode for path in _changed_files(old, new)},
    )
    try:
        change.apply(before, places, scratch, runner)
    except PatchError as error:
        if vault.hide_bytes(patch.data) == patch.data:
            raise
        raise _secret_before() from error
    made = scan(before)
    for path in sorted(made.entries.keys() | new.entries.keys()):
        if made.entries.get(path) != new.entries.get(path):
            raise _unheld(path)
    return change


def content_digest(root: Path, ignore: Sequence[str], places: Places, vault: Vault) -> str:
    """Digest a workspace so that it is the same on other machines.

    Counted are files with their content and whether they can be executed, and links; paths of the
    proposal and secrets in texts are not. Raises `WorkspaceError`.
    """
    running = hashlib.sha256()

    def plain(data: bytes) -> bytes:
        return places.pack(vault.hide_bytes(data))

    for path, entry in scan(root, ignore).entries.items():
        if entry.kind is EntryKind.DIRECTORY:
            continue
        executable = entry.kind is EntryKind.FILE and bool(entry.mode & 0o100)
        said = _content(root, path, entry, plain)
        running.update(b"%s %d\0%s\0%s\0" % (entry.kind.encode(), executable, path, said))
    return running.hexdigest()


def _content(root: Path, path: bytes, entry: Entry, plain: Callable[[bytes], bytes]) -> bytes:
    """Return what stands for the content of a file or a link."""
    if entry.link is not None:
        return plain(entry.link)
    if entry.size <= TEXT_LIMIT:
        data = (root / os.fsdecode(path)).read_bytes()
        if b"\0" not in data:
            return hashlib.sha256(plain(data)).hexdigest().encode()
    return (entry.digest or "").encode()


def _changed_files(old: Manifest, new: Manifest) -> list[bytes]:
    """Return the files that came or changed."""
    return [
        path
        for path, entry in new.entries.items()
        if entry.kind is EntryKind.FILE and old.entries.get(path) != entry
    ]


def _directories(old: Manifest, new: Manifest) -> Iterator[tuple[str, int]]:
    """Yield the directories that a patch does not make as they are, with their modes."""
    occupied = {os.path.dirname(path) for path in new.entries}  # noqa: PTH120 - the path is bytes
    for path, entry in new.entries.items():
        if entry.kind is not EntryKind.DIRECTORY:
            continue
        if old.entries.get(path) != entry or path not in occupied:
            yield _name(path), entry.mode


def _same_content(old: Manifest, new: Manifest, path: bytes) -> bool:
    entry = old.entries.get(path)
    return entry is not None and entry.digest == new.entries[path].digest


def _unheld(path: bytes) -> WorkspaceError:
    return WorkspaceError(
        f"the change of {display(path)!r} cannot be held by a patch; keep repositories, files "
        "above 64 MiB, and names with secrets out of the workspace"
    )


def _is(manifest: Manifest, path: bytes, kind: EntryKind) -> bool:
    entry = manifest.entries.get(path)
    return entry is not None and entry.kind is kind


def _hide_changed(before: Path, after: Path, old: Manifest, new: Manifest, vault: Vault) -> None:
    """Hide secrets in the files that changed, as far as they are new.

    A file that held one before stays as it is: what a patch shows of it is hidden there, and its
    other lines are not shown. Raises `WorkspaceError` where a patch would show all of it.
    """
    gone = [path for path in old.entries if path not in new.entries]
    for path in (*gone, *_changed_files(old, new)):
        data = _read(before, old, path)
        if not vault.spans(data):
            if path in new.entries:
                _hide(after / os.fsdecode(path), vault)
        elif any(map(_is_binary, (data, _read(after, new, path)))):
            raise _secret_before()


def _read(root: Path, manifest: Manifest, path: bytes) -> bytes:
    """Return the content of a file; nothing for what is none."""
    is_file = _is(manifest, path, EntryKind.FILE)
    return (root / os.fsdecode(path)).read_bytes() if is_file else b""


def _is_binary(data: bytes) -> bool:
    """Tell whether a patch holds the whole content, packed."""
    return b"\0" in data or len(data) > TEXT_LIMIT


def _secret_before() -> WorkspaceError:
    return WorkspaceError(
        "it changed lines with secrets, or what looks like them, that were there before and that a "
        "recording must not hold; take them out of the workspace"
    )


def _hide(path: Path, vault: Vault) -> None:
    """Hide the secrets in a file of ours, whatever its mode."""
    mode = path.stat().st_mode
    path.chmod(mode | 0o600)
    vault.hide_file(path)
    path.chmod(mode & 0o7777)


def _set_mode(path: Path, mode: int) -> None:
    """Change a mode; raises `WorkspaceError` for a link, which has none of its own."""
    if path.is_symlink():
        raise WorkspaceError(
            f"the recording has a mode for the link {display(os.fsencode(path))!r}; "
            "record the proposal again with --harness-record"
        )
    path.chmod(mode)


def _name(path: bytes) -> str:
    return quote_from_bytes(path, safe=_SAFE)


def _below(root: Path, name: str) -> Path:
    """Return the path of a name; raises `WorkspaceError` for one that leads elsewhere."""
    path = _named(root, name)
    link = _link_above(root, path)
    if link is not None:
        raise WorkspaceError(
            f"the recording leads through the link {display(os.fsencode(link))!r}; "
            "record the proposal again with --harness-record"
        )
    return path


def _named(root: Path, name: str) -> Path:
    """Return the path of a name, wherever links lead; raises `WorkspaceError` for one outside."""
    parts = unquote_to_bytes(name).split(b"/")
    if any(part in {b"", b".", b".."} for part in parts) or parts[0] in _RESERVED:
        raise WorkspaceError(
            f"the recording names {name!r}, which is no path of a workspace; "
            "record the proposal again with --harness-record"
        )
    return root.joinpath(*map(os.fsdecode, parts))


def _link_above(root: Path, path: Path) -> Path | None:
    """Return the topmost link that a path below ``root`` leads through, itself left out."""
    above = reversed(path.relative_to(root).parents[:-1])
    return next((root / each for each in above if (root / each).is_symlink()), None)
