"""The instructions of a workspace, which Pi is handed.

It would look for them itself, but then also in all parent directories.
"""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.pi import models

NAMES = ("AGENTS.override.md", "AGENTS.md", "AGENTS.MD", "CLAUDE.md", "CLAUDE.MD")
"""Files with instructions; the first of a directory counts."""


def found(room: Room) -> str:
    """Return all instructions that hold in the working directory, as Pi would show them.

    Empty if there are none. In the runtime ``host`` the user's own come first.
    """
    own = models.user_directory(room.env) if room.profile is None else None
    files = [_first(each) for each in ([own] if own else []) + [*room.directories]]
    parts = [_shown(each) for each in files if each is not None]
    if not parts:
        return ""
    return "\n\n".join(("Project-specific instructions and guidelines:", *parts)) + "\n"


def _first(directory: Path) -> Path | None:
    """Return the file that counts in a directory."""
    return next((path for name in NAMES if (path := directory / name).is_file()), None)


def _shown(path: Path) -> str:
    """Return a file's content with its path."""
    text = path.read_bytes().decode("utf-8-sig", "replace")
    return f'<project_instructions path="{path}">\n{text}\n</project_instructions>'
