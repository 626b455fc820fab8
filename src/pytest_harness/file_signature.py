"""What the system knows of a file and nobody can set back: to see cheaply whether it changed."""

from __future__ import annotations

import os

Signature = tuple[int, int, int, int, int]
"""Mode, size, times of change of content and of anything in nanoseconds, inode."""


def signature(path: str | os.PathLike[str]) -> Signature | None:
    """Return the signature of what is at a path, links not followed; ``None`` for nothing."""
    try:
        info = os.lstat(path)
    except OSError:
        return None
    return (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
