"""Making a copy of a candidate what its checks may trust."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_harness.workspace.copying import copy_entry, remove_tree
from pytest_harness.workspace.manifest import Manifest
from pytest_harness.workspace.scope import matching


def bring_ignored(copy: Path, original: Path, paths: Iterable[bytes]) -> None:
    """Copy what is ignored, topmost ``paths``, from ``original``, where its directory is there."""
    top = os.fsencode(copy)
    for path in paths:
        if _is_below_real_directories(top, path):
            _replace(copy, original, path)


def bring_protected(
    copy: Path, original: Path, before: Manifest, after: Manifest, patterns: Sequence[str]
) -> tuple[str, ...]:
    """Put the original's files back wherever ``patterns`` match, and remove what was added there.

    ``before`` is the manifest of ``original``, ``after`` that of ``copy``. Returns the paths that
    were put back or removed, as text. Raises `WorkspaceError`.
    """
    if not patterns or before.digest == after.digest:
        return ()
    wanted = matching([*before.entries, *after.entries], patterns)
    changed = sorted(path for path in wanted if before.entries.get(path) != after.entries.get(path))
    top = os.fsencode(copy)
    for path in reversed(changed):
        if path not in before.entries and _is_below_real_directories(top, path):
            _remove_added(copy, path)
    for path in changed:
        if path in before.entries:
            _make_parents_real(top, path)
            _replace(copy, original, path, whole=False)
    return tuple(path.decode("utf-8", "backslashreplace") for path in changed)


def _replace(copy: Path, original: Path, path: bytes, *, whole: bool = True) -> None:
    name = os.fsdecode(path)
    copy_entry(original / name, copy / name, whole=whole)


def _remove_added(copy: Path, path: bytes) -> None:
    """Remove one thing; a directory only if it is empty, as it may hold what is not protected."""
    place = copy / os.fsdecode(path)
    if place.is_dir() and not place.is_symlink():
        if not any(place.iterdir()):
            place.rmdir()
    else:
        remove_tree(place)


def _is_below_real_directories(top: bytes, path: bytes) -> bool:
    """Say whether every parent of ``path`` is a directory and no link."""
    parts = path.split(b"/")[:-1]
    place = top
    for part in parts:
        place += b"/" + part
        try:
            if not stat.S_ISDIR(os.lstat(place).st_mode):
                return False
        except OSError:
            return False
    return True


def _make_parents_real(top: bytes, path: bytes) -> None:
    """Make every parent of ``path`` a directory that can be written to."""
    place = top
    for part in path.split(b"/")[:-1]:
        place += b"/" + part
        try:
            mode = os.lstat(place).st_mode
        except FileNotFoundError:
            os.mkdir(place)  # noqa: PTH102 - the path is bytes
            continue
        if not stat.S_ISDIR(mode):
            os.unlink(place)  # noqa: PTH108
            os.mkdir(place)  # noqa: PTH102
        elif mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(place, stat.S_IMODE(mode) | stat.S_IRWXU)  # noqa: PTH101
