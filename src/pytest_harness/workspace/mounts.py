"""Mounts inside directories of ours: to remove through one destroys what lies elsewhere."""

from __future__ import annotations

import ctypes
import errno
import os
import re

_DETACH = 2
_OCTAL = re.compile(rb"\\([0-7]{3})")


def mounts_in(path: bytes) -> list[bytes]:
    """Return what is mounted at ``path``, which is absolute, or below it; the deepest come last.

    Only the superuser can mount where others see it: for others, and without ``/proc``, as on
    other systems than Linux, nothing is looked for.
    """
    if os.geteuid() != 0:
        return []
    try:
        with open("/proc/self/mountinfo", "rb") as listed:  # noqa: PTH123 - called very often
            lines = listed.read().splitlines()
    except OSError:
        return []
    above, _, name = path.rstrip(b"/").rpartition(b"/")
    top = os.path.realpath(above or b"/").rstrip(b"/") + b"/" + name
    points = (_OCTAL.sub(_byte, line.split(b" ", 5)[4]) for line in lines)
    return [point for point in points if point == top or point.startswith(top + b"/")]


def detach_mounts(path: bytes) -> None:
    """Take away all that is mounted at ``path`` or below it; what is mounted stays unharmed.

    Raises `OSError` where this user may not do that.
    """
    found = mounts_in(path)
    if not found:
        return
    unmount = ctypes.CDLL(None, use_errno=True).umount2
    for point in reversed(found):
        if unmount(point, _DETACH):
            raise OSError(ctypes.get_errno(), "something is mounted there", point)
    if mounts_in(path):
        raise OSError(errno.EBUSY, "something is mounted there", path)


def _byte(escaped: re.Match[bytes]) -> bytes:
    return bytes([int(escaped[1], 8)])
