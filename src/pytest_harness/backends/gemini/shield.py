"""Keeping files of variables away from Gemini CLI while it runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_harness.backends.aside import set_aside

_BELOW = Path(".gemini") / ".env"


def has_variables(directories: Sequence[Path]) -> bool:
    """Tell whether the workspace brings variables for a program that starts in the last of them."""
    names = (_BELOW, Path(".env"))
    return any((each / name).exists() for each in directories for name in names)


@contextlib.contextmanager
def shielded(directories: Sequence[Path], scratch: Path) -> Iterator[None]:
    """Hide every ``.gemini/.env`` that the program would find.

    ``directories`` lead from the workspace down to the one in which it starts. No setting keeps it
    from reading such files upwards from there, and it stops at the first one: those of the
    workspace are put aside and put back afterwards, and an empty one hides those above it.
    """
    inside = [place for each in directories if os.path.lexists(place := _place(each))]
    above = any((each / _BELOW).exists() for each in directories[0].parents)
    with contextlib.ExitStack() as stack:
        stack.enter_context(set_aside(inside, scratch / "aside"))
        if above:
            stack.enter_context(_placeholder(directories[-1] / _BELOW))
        yield


def _place(directory: Path) -> Path:
    """Return what holds such a file in a directory.

    That is the whole folder if it is none: what is behind a link may be outside.
    """
    file = directory / _BELOW
    folder = file.parent
    return file if folder.is_dir() and not folder.is_symlink() else folder


@contextlib.contextmanager
def _placeholder(file: Path) -> Iterator[None]:
    """Make an empty file, and remove it and its directory unless something was put there."""
    made = not file.parent.exists()
    file.parent.mkdir(exist_ok=True)
    file.touch()
    within = file.parent.resolve()
    try:
        yield
    finally:
        if file.parent.resolve() == within:
            if file.is_file() and not file.is_symlink() and not file.stat().st_size:
                file.unlink()
            if made and file.parent.is_dir() and not any(file.parent.iterdir()):
                file.parent.rmdir()
