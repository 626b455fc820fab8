"""Putting the original's tests back for the length of one run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pytest_harness.checks.base import CheckContext

TEST_DIRECTORIES = frozenset({"test", "tests"})
"""Directories that are put back whole, with their helpers and data."""
TEST_FILES = ("conftest.py", "test_*.py", "*_test.py")
"""Files that are put back wherever they are."""
CONFIGURATION = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""Files from which pytest reads settings."""
NOT_SEARCHED = (".*", "__pycache__", "node_modules", "venv", "build", "dist", "*.egg*")
"""Directories in which pytest does not look for tests either."""


@contextmanager
def original_tests(
    context: CheckContext, paths: Sequence[str], *, config: bool = False
) -> Iterator[None]:
    """Give the workspace the original's tests, and afterwards the candidate's again.

    Directories called ``test`` or ``tests`` are put back whole, below ``paths`` and around them,
    elsewhere test files and ``conftest.py`` only; so is every ``conftest.py`` above them, and with
    ``config`` every file at the root that can configure pytest. What the candidate added there is
    away for as long as the context lasts.
    """
    from pytest_harness.workspace.copying import remove_tree

    layers = (context.original, *context.hidden)
    wanted = _guarded(context.workspace, layers, paths)
    if config:
        wanted += map(PurePosixPath, CONFIGURATION)
    tops = _topmost([_top(context.workspace, path) for path in wanted])
    aside = context.scratch / "aside"
    aside.mkdir()
    moved: list[tuple[Path, Path | None]] = []
    try:
        for number, top in enumerate(tops):
            place = context.workspace / top
            kept = aside / str(number) if os.path.lexists(place) else None
            if kept is not None:
                shutil.move(place, kept)
            moved.append((place, kept))
        for path in wanted:
            for layer in layers:
                _put(layer / path, context.workspace / path)
        yield
    finally:
        for place, kept in moved:
            remove_tree(place)
            if kept is not None:
                shutil.move(kept, place)


def _guarded(workspace: Path, layers: Sequence[Path], paths: Sequence[str]) -> list[PurePosixPath]:
    """Return what the candidate must not decide, outer paths before inner ones."""
    found: set[PurePosixPath] = set()
    for text in paths:
        path = _enclosing(PurePosixPath(text.partition("::")[0]))
        found.update(parent / "conftest.py" for parent in path.parents)
        if not any((layer / path).is_dir() for layer in layers):
            found.add(path)
            continue
        for root in (workspace, *layers):
            found.update(_tests(root, path))
    return _topmost(list(found))


def _enclosing(path: PurePosixPath) -> PurePosixPath:
    """Return the outermost test directory that ``path`` lies in, or else ``path``."""
    for parent in (*reversed(path.parents), path):
        if parent.name in TEST_DIRECTORIES:
            return parent
    return path


def _tests(root: Path, path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield test directories and test files at and below ``path``, following no link."""
    if path.name in TEST_DIRECTORIES:
        yield path
        return
    place = root / path
    if place.is_symlink() or not place.is_dir():
        return
    for entry in place.iterdir():
        inner = path / entry.name
        if entry.is_dir() and not entry.is_symlink():
            if not any(fnmatchcase(entry.name, pattern) for pattern in NOT_SEARCHED):
                yield from _tests(root, inner)
        elif entry.name in TEST_DIRECTORIES or any(
            fnmatchcase(entry.name, pattern) for pattern in TEST_FILES
        ):
            yield inner


def _top(workspace: Path, path: PurePosixPath) -> PurePosixPath:
    """Return ``path``, or the first of its parents that is no real directory in the workspace."""
    for parent in reversed(path.parents):
        place = workspace / parent
        if place.is_symlink() or not place.is_dir():
            return parent
    return path


def _topmost(paths: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """Drop what lies below another."""
    unique = set(paths)
    return sorted(path for path in unique if not unique.intersection(path.parents))


def _put(source: Path, place: Path) -> None:
    """Copy one thing to its place; nothing at ``source`` is fine."""
    from pytest_harness.workspace.copying import lay_over, remove_tree

    if not os.path.lexists(source):
        return
    if source.is_dir() and not source.is_symlink():
        lay_over(source, place)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_tree(place)
    shutil.copy2(source, place, follow_symlinks=False)
