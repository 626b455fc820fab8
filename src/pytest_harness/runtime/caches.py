"""Large files that a program unpacks when it is first started, shared between candidates."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import platformdirs

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.locks import exclusive
from pytest_harness.workspace.copying import remove_tree


def shared_cache(
    program: str, version: str, fill: Callable[[Path], object], directory: Path | None = None
) -> Path:
    """Return a directory that ``fill`` was given empty, once per program and version.

    All processes of the user share it. It is whole or not there, and read-only, so that no
    candidate finds what another left in it: name it in `ProcessSpec.readable`, and tell the program
    where it is. ``directory`` holds all caches and is the user's cache directory unless given.
    Raises `WorkspaceError` when it cannot be made; what ``fill`` raises comes through.
    """
    if directory is None:
        directory = platformdirs.user_cache_path("pytest-harness", appauthor=False) / "programs"
    name = "-".join(re.sub(r"[^A-Za-z0-9._]", "_", each) for each in (program, version))
    cache = directory / name
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if cache.is_dir():
            return cache
        with exclusive(directory / f".{name}.lock"):
            if not cache.is_dir():
                making = directory / f".{name}.making"
                remove_tree(making)
                making.mkdir()
                fill(making)
                _make_read_only(making)
                making.rename(cache)
    except OSError as error:
        raise WorkspaceError(
            f"the cache {cache} cannot be made: {error.strerror or error}; make room for it"
        ) from error
    return cache


def _make_read_only(root: Path) -> None:
    for directory, _, files in os.walk(root, topdown=False):
        here = Path(directory)
        for path in (*(here / name for name in files), here):
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
