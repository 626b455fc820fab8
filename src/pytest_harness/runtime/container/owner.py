"""Whose a container is, so that one whose owner died can be found and removed."""

from __future__ import annotations

import os
import platform
import re
import uuid
from pathlib import Path

LABEL = "pytest-harness"
"""Label of every container; its value is `neighbourhood`."""

_NAME = re.compile(r"pytest-harness-(\d+)-(\d+)-[0-9a-f]+")


def neighbourhood() -> str:
    """Say among which processes this one lives: a process id means nothing beyond."""
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it is no path
    except OSError:
        space = ""
    return f"{platform.node()}-{''.join(filter(str.isdigit, space))}"


def new_name() -> str:
    """Return a name for a container of this process."""
    return f"pytest-harness-{os.getpid()}-{_started(os.getpid())}-{uuid.uuid4().hex[:12]}"


def is_orphan(name: str) -> bool:
    """Say whether a container of this neighbourhood has lost its owner."""
    found = _NAME.fullmatch(name)
    return found is not None and _started(int(found[1])) != int(found[2])


def _started(pid: int) -> int:
    """Return when a process was started, in a unit of the kernel; -1 if there is none.

    Where the kernel does not tell, it is 0 for every process that there is.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return -1 if Path("/proc/self/stat").exists() or not _exists(pid) else 0
    state, *fields = stat.rpartition(b")")[2].split()
    return -1 if state in (b"Z", b"X") else int(fields[18])


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
