"""The temporary directory of a session, and what killed sessions left in theirs.

A session that is killed cannot remove its stages, nor the homes with credentials in them. The next
one that looks into the same place does it: the kernel's lock on a file says who is alive.
"""

from __future__ import annotations

from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.locks import FileLock
from pytest_harness.workspace.copying import remove_tree

NAME = "harness"
"""The directory below pytest's own temporary directory."""
ALIVE = "alive"
"""In it: a file that every process of a living session holds locked."""


def claim(directory: Path) -> FileLock:
    """Make ``directory`` and hold it as long as the lock is held, together with one's session.

    Raises `WorkspaceError`.
    """
    try:
        while True:
            directory.mkdir(exist_ok=True)
            lock = FileLock(directory / ALIVE)
            lock.shared()
            if lock.path.exists():
                return lock
            lock.release()  # somebody took it for a dead session's in this very moment
    except OSError as error:
        raise WorkspaceError(
            f"cannot use {directory}: {error.strerror}; choose another temporary directory"
        ) from error


def sweep(root: Path) -> int:
    """Remove what dead sessions left below ``root``, which holds pytest's numbered directories.

    Returns how many sessions that were. Raises `OSError`, and `WorkspaceError` for what cannot be
    removed.
    """
    removed = 0
    for alive in root.glob(f"pytest-*/{NAME}/{ALIVE}"):
        if alive.parent.parent.is_symlink():
            continue
        lock = FileLock(alive)
        try:
            if lock.exclusive(blocking=False):
                remove_tree(alive.parent)
                removed += 1
        finally:
            lock.release()
    return removed
