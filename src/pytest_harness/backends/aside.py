"""Holding parts of a workspace back from a program that would read or execute them."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_harness.workspace.copying import lay_over, remove_tree


@contextlib.contextmanager
def set_aside(places: Iterable[Path], to: Path) -> Iterator[None]:
    """Hold files and directories in ``to``, which does not exist yet, and put them back afterwards.

    What has been made at their place meanwhile stays, and wins where it has the same name. Where
    it has become a link, or lies behind one that was not there, nothing is put back.
    """
    moved: list[tuple[Path, Path, Path]] = []
    try:
        for place in places:
            to.mkdir(parents=True, exist_ok=True)
            held = to / str(len(moved))
            within = place.parent.resolve()
            shutil.move(place, held)
            moved.append((place, held, within))
        yield
    finally:
        for place, held, within in reversed(moved):
            # Where links lead now, nobody knows: nothing is written through them.
            if place.parent.resolve() == within:
                _put_back(held, place)
        remove_tree(to)


def _put_back(held: Path, place: Path) -> None:
    """Put something back to its place."""
    if not next(each for each in place.parents if os.path.lexists(each)).is_dir():
        return
    if place.is_symlink() or place.exists():
        if any(path.is_symlink() or not path.is_dir() for path in (place, held)):
            return
        lay_over(place, held)
        remove_tree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(held, place)
