"""Compiled Python files that may differ from their sources."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = "__pycache__"
NOT_SEARCHED = frozenset({".git", ".venv", "venv", "node_modules"})
"""Installed things, whose compiled files are as trustworthy as they are themselves."""


def forget_bytecode(workspace: Path) -> None:
    """Remove every ``__pycache__`` below ``workspace``; no link is followed.

    Python takes a compiled file for current when size and time in seconds of its source agree: a
    planted bug of equal length would go unseen, and an agent could leave any code there, in a place
    that no difference shows. Raises `WorkspaceError` for what cannot be removed.
    """
    from pytest_harness.workspace.copying import remove_tree

    for directory, names, _ in os.walk(workspace):
        if CACHE in names:
            remove_tree(Path(directory, CACHE))
        names[:] = [name for name in names if name != CACHE and name not in NOT_SEARCHED]
