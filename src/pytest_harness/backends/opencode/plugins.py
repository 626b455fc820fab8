"""Plug-ins in a workspace, which OpenCode executes whatever its settings say."""

from __future__ import annotations

from pathlib import Path

FOLDER = ".opencode"
"""Directory with settings of a project."""
PLUGINS = ("plugin", "plugins")
"""Directories in it whose programs are executed."""


def plugins(directory: Path) -> tuple[Path, ...]:
    """Return what holds plug-ins in a directory.

    That is the whole folder of settings if it is a link, because what is behind the link may be
    outside.
    """
    folder = directory / FOLDER
    if folder.is_symlink():
        return (folder,)
    places = (folder / name for name in PLUGINS)
    return tuple(place for place in places if place.is_symlink() or place.exists())
