"""Pipes to and from a process."""

from __future__ import annotations

import contextlib
import fcntl
import os

CHUNK = 1 << 18
"""Bytes moved at once, and the size that pipes are given where the system allows it."""


def make_pipe() -> tuple[int, int]:
    """Return the two ends of a new pipe, first the one to read from; raises `OSError`."""
    reading, writing = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(PermissionError):  # The user's share of pipes is used up.
            fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, CHUNK)
    return reading, writing
