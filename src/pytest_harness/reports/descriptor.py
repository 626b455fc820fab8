"""A way to the terminal that capturing does not reach. Cheap, because every session opens it."""

from __future__ import annotations

import os
import sys


def open_terminal() -> int | None:
    """Duplicate the terminal's descriptor, so that capturing does not reach what is drawn on it.

    To be called in ``pytest_configure``, while capturing is suspended. ``None`` if standard output
    is no file.
    """
    try:
        return os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return None
