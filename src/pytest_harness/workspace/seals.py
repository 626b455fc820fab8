"""Fingerprints of what no proposal may change, taken before and compared after."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.file_signature import signature
from pytest_harness.workspace.compare import compare
from pytest_harness.workspace.manifest import Manifest, scan
from pytest_harness.workspace.scope import leads_out

WATCHED_PATHS = 5000
"""Paths behind a link that are looked at; what a link leads to can be a whole disk."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A directory that is to stay as it is."""

    path: Path
    """Absolute."""
    ignore: tuple[str, ...] = ()
    """What tools make there."""


class TreeSeals:
    """Fingerprints of directories by content; each goes by its path."""

    def __init__(self, trees: Iterable[Tree]) -> None:
        self._trees = {str(tree.path): tree for tree in trees}
        self._seen = self._look()
        self.first = {path: _digest(manifest) for path, manifest in self._seen.items()}
        """The fingerprints at the beginning, by path."""

    def broken(self) -> dict[str, str]:
        """Return those that changed since the last look, each with what changed in it."""
        before, self._seen = self._seen, self._look()
        return {
            path: _first_change(path, before[path], now)
            for path, now in self._seen.items()
            if _digest(before[path]) != _digest(now)
        }

    def _look(self) -> dict[str, Manifest | None]:
        return {path: _scan(tree) for path, tree in self._trees.items()}


class FileSeals:
    """Files that stay as they are once they are there; others may come."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._seen = {path: signature(path) for path in paths}

    def broken(self) -> tuple[str, ...]:
        """Return those that changed or went."""
        return tuple(path for path, mark in self._seen.items() if signature(path) != mark)


def files_below(directory: Path) -> Iterator[str]:
    """Yield every file below a directory; nothing if it is not there."""
    for folder, _, names in os.walk(directory):
        yield from (os.path.join(folder, name) for name in names)  # noqa: PTH118 - many of them


class LinkSeals:
    """What the links of a workspace lead to outside of it."""

    def __init__(self, manifest: Manifest, root: Path) -> None:
        top = os.fsencode(root)
        self._targets = {
            path: Path(os.fsdecode(os.path.join(top, os.path.dirname(path), entry.link)))  # noqa: PTH118, PTH120
            for path, entry in manifest.entries.items()
            if entry.link is not None and leads_out(path, entry.link, top)
        }
        self._seen = self._look()

    def broken(self) -> tuple[str, ...]:
        """Return the links behind which something changed."""
        now = self._look()
        changed = [path for path in now if now[path] != self._seen[path]]
        self._seen = now
        return tuple(path.decode("utf-8", "backslashreplace") for path in changed)

    def _look(self) -> dict[bytes, str]:
        return {path: _look_behind(target) for path, target in self._targets.items()}


def _scan(tree: Tree) -> Manifest | None:
    """Read a directory; ``None`` if that cannot be done."""
    try:
        return scan(tree.path, tree.ignore)
    except WorkspaceError:
        return None


def _digest(manifest: Manifest | None) -> str:
    return "unreadable" if manifest is None else manifest.digest


def _first_change(path: str, before: Manifest | None, now: Manifest | None) -> str:
    """Return the path of something that changed; that of the directory if it cannot be read."""
    changes = compare(before, now) if before is not None and now is not None else ()
    return f"{path}/{changes[0].path}" if changes else path


def _look_behind(target: Path) -> str:
    """Fingerprint a file, or the first paths of a directory, by what the system knows of them."""
    running = hashlib.sha256()
    for count, path in enumerate(_walk(target)):
        if count >= WATCHED_PATHS:
            break
        running.update(os.fsencode(path) + repr(signature(path)).encode())
    return running.hexdigest()


def _walk(target: Path) -> Sequence[str]:
    """List a file, or a directory and what is below it, up to a little more than is watched."""
    if not target.exists():
        return ()
    found = [os.path.realpath(target)]
    for path in found:
        if len(found) > WATCHED_PATHS:
            break
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            try:
                found += sorted(os.path.join(path, name) for name in os.listdir(path))  # noqa: PTH118, PTH208
            except PermissionError:
                continue  # What we may not read the agent may not either.
    return found
