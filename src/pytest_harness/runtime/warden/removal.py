"""Removing directories without ever following a link, or reaching into what is mounted there."""

from __future__ import annotations

import contextlib
import os

from .tree import read_file

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
        if _mount(inside) != _mount(above):
            return
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


def _mount(directory: int) -> bytes:
    """Return what tells the mount of an open directory from others; nothing if there is no way."""
    lines = read_file(f"/proc/self/fdinfo/{directory}").splitlines()
    return next((line for line in lines if line.startswith(b"mnt_id:")), b"")
