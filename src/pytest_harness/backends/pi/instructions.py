"""The instructions of a workspace, which Pi is handed.

It would look for them itself, but then also in all parent directories.
"""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.pi import models

NAMES = ("AGENTS.override.md", "AGENTS.md", "AGENTS.MD", "CLAUDE.md", "CLAUDE.MD")
"""Files with instructions; the first of a directory counts."""
LONGEST = 1 << 20
"""Bytes of such a file that are told: more than any model takes."""


def found(room: Room) -> str:
    """Return all instructions that hold in the working directory, as Pi would show them.

    Empty if there are none. In the runtime ``host`` the user's own come first. What a link leads
    to outside of the workspace is not told: a fence would have hidden it.
    """
    own = models.user_directory(room.env) if room.profile is None else None
    inside = [path for each in room.directories if (path := _first(each)) is not None]
    files = [path for path in inside if path.resolve().is_relative_to(room.workspace.resolve())]
    if own is not None and (path := _first(own)) is not None:
        files.insert(0, path)
    parts = [_shown(each) for each in files]
    if not parts:
        return ""
    return "\n\n".join(("Project-specific instructions and guidelines:", *parts)) + "\n"


def _first(directory: Path) -> Path | None:
    """Return the file that counts in a directory."""
    return next((path for name in NAMES if (path := directory / name).is_file()), None)


def _shown(path: Path) -> str:
    """Return a file's content with its path."""
    with path.open("rb") as file:
        text = file.read(LONGEST).decode("utf-8-sig", "replace")
    return f'<project_instructions path="{path}">\n{text}\n</project_instructions>'
