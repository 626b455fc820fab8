"""Keeping files of variables away from Gemini CLI while it runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_BELOW = Path(".gemini") / ".env"


def has_variables(directory: Path, workspace: Path) -> bool:
    """Tell whether the workspace brings variables for a program that starts in ``directory``."""
    names = (_BELOW, Path(".env"))
    return any((each / name).exists() for each in _upwards(directory, workspace) for name in names)


@contextlib.contextmanager
def shielded(directory: Path, workspace: Path, scratch: Path) -> Iterator[None]:
    """Hide every ``.gemini/.env`` that the program would find from ``directory`` upwards.

    No setting keeps it from reading them, and it stops at the first one: those of the workspace are
    put aside and put back afterwards, and an empty one hides those of the directories above.
    """
    inside = _upwards(directory, workspace)
    above = [each for each in workspace.parents if (each / _BELOW).exists()]
    with contextlib.ExitStack() as stack:
        for each in inside:
            if os.path.lexists(each / _BELOW):
                stack.enter_context(_aside(each / _BELOW, scratch))
        if above:
            stack.enter_context(_placeholder(directory / _BELOW))
        yield


def _upwards(directory: Path, workspace: Path) -> list[Path]:
    """Return the directories from one to the workspace that holds it, both included."""
    parents = [each for each in directory.parents if each.is_relative_to(workspace)]
    return [directory, *parents]


@contextlib.contextmanager
def _aside(file: Path, scratch: Path) -> Iterator[None]:
    """Keep a file somewhere else; what took its place meanwhile stays, it is the agent's."""
    keep = Path(tempfile.mkdtemp(dir=scratch, prefix="aside-"))
    shutil.move(file, keep / "file")
    try:
        yield
    finally:
        if not os.path.lexists(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(keep / "file", file)
        shutil.rmtree(keep)


@contextlib.contextmanager
def _placeholder(file: Path) -> Iterator[None]:
    """Make an empty file, and remove it and its directory unless something was put there."""
    made = not file.parent.exists()
    file.parent.mkdir(exist_ok=True)
    file.touch()
    try:
        yield
    finally:
        if file.is_file() and not file.is_symlink() and not file.stat().st_size:
            file.unlink()
        if made and file.parent.is_dir() and not any(file.parent.iterdir()):
            file.parent.rmdir()
