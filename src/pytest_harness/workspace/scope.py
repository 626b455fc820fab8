"""Which changes lie outside the write scope."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import pathspec

from pytest_harness.errors import WorkspaceError
from pytest_harness.records import FileChange
from pytest_harness.workspace.manifest import searchable


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
