"""Which changes lie outside the write scope."""

from __future__ import annotations

import functools
import os
import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path

import pathspec

from pytest_harness.errors import WorkspaceError
from pytest_harness.records import FileChange
from pytest_harness.workspace.manifest import Manifest, display, searchable


def violations(changes: Sequence[FileChange], writable: Sequence[str]) -> tuple[str, ...]:
    """Return the changed paths that no pattern in ``writable`` allows, sorted.

    A pattern is anchored at the workspace's root. It is a path, the name of a directory, which
    allows all below it, or holds ``*`` (anything but ``/``), ``?``, ``[...]`` or ``**`` (anything).
    Of a rename both paths must be allowed. Raises `WorkspaceError` for a pattern that is none.
    """
    scope = _scope(tuple(writable))
    touched: set[str] = set()
    for change in changes:
        touched.add(change.path)
        if change.old_path is not None:
            touched.add(change.old_path)
    return tuple(sorted(path for path in touched if not scope.match_file(searchable(path))))


def matching(paths: Iterable[bytes], patterns: Sequence[str]) -> set[bytes]:
    """Return the paths that ``patterns`` match; they are written as those of a write scope."""
    scope = _scope(tuple(patterns))
    return {path for path in paths if scope.match_file(searchable(display(path)))}


def links_out(before: Manifest, after: Manifest, root: Path) -> tuple[str, ...]:
    """Return the links in ``after`` that lead out of the workspace and were not there before.

    Each is given as ``path -> where it points``. ``root`` is where the workspace lay: an absolute
    link to somewhere in it does not lead out.
    """
    found = []
    for path, entry in after.entries.items():
        if entry.link is None or before.entries.get(path) == entry:
            continue
        if leads_out(path, entry.link, os.fsencode(root)):
            found.append(f"{display(path)} -> {display(entry.link)}")
    return tuple(found)


def leads_out(path: bytes, link: bytes, root: bytes) -> bool:
    """Say whether a link at ``path`` below ``root`` points to somewhere that is not below it."""
    where = posixpath.normpath(posixpath.join(root, posixpath.dirname(path), link))
    return where != root and not where.startswith(root + b"/")


@functools.lru_cache(maxsize=64)
def _scope(writable: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    try:
        return pathspec.GitIgnoreSpec.from_lines(_anchored(pattern) for pattern in writable)
    except ValueError as error:
        raise WorkspaceError(
            f"the write scope {', '.join(map(repr, writable))} cannot be read: {error}; "
            "use paths, *, ? and **"
        ) from error


def _anchored(pattern: str) -> str:
    cleaned = pattern.removeprefix("./").strip("/")
    return "/**" if cleaned in {"", "."} else "/" + cleaned
