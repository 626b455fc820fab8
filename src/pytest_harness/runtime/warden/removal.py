"""Removing directories without ever following a link."""

from __future__ import annotations

import contextlib
import os

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(path: bytes) -> None:
    """Remove a directory with all that is in it, as far as the system lets us."""
    parent, _, name = path.rstrip(b"/").rpartition(b"/")
    try:
        above = os.open(parent or b"/", _DIRECTORY)
    except OSError:
        return  # There is no such directory any more.
    try:
        _remove(above, os.fsdecode(name))
    finally:
        os.close(above)


def _remove(above: int, name: str) -> None:
    """Remove one directory; what resists stays, so that the rest goes nevertheless."""
    try:
        inside = os.open(name, _DIRECTORY, dir_fd=above)
    except OSError:
        return  # It has gone, or somebody put a link in its place.
    try:
        _empty(inside)
    finally:
        os.close(inside)
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=above)


def _empty(directory: int) -> None:
    """Remove what is in an open directory: files before directories, secrets before depth."""
    with contextlib.suppress(OSError):
        os.fchmod(directory, 0o700)
    with os.scandir(directory) as found:
        names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in found}
    for name, is_directory in sorted(names.items(), key=lambda item: item[1]):
        if is_directory:
            _remove(directory, name)
        else:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=directory)
