"""Looking at processes, and sending them signals."""

from __future__ import annotations

import os

from .kernel import LINUX


def read_file(path: str) -> bytes:
    """Return a file of ``/proc``, or nothing if its process has gone or may not be looked at."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        parts = []
        while part := os.read(descriptor, 1 << 16):
            parts.append(part)
        return b"".join(parts)
    except ProcessLookupError:
        return b""
    finally:
        os.close(descriptor)


def entries(path: str) -> list[str]:
    """Return the names in a directory of ``/proc``, or nothing if its process has gone."""
    try:
        with os.scandir(path) as found:
            return [entry.name for entry in found]
    except OSError:
        return []


def threads(pid: int) -> list[str]:
    """Return the numbers of a process's threads."""
    return entries(f"/proc/{pid}/task")


def children(pid: int) -> list[int]:
    """Return the children of a process, as its threads list them."""
    return [
        int(child)
        for task in threads(pid)
        for child in read_file(f"/proc/{pid}/task/{task}/children").split()
    ]


def children_by_parent() -> dict[int, list[int]]:
    """Return all children of all processes; for kernels whose threads do not list theirs."""
    found: dict[int, list[int]] = {}
    for name in entries("/proc"):
        if name.isdigit():
            fields = read_file(f"/proc/{name}/stat").rpartition(b")")[2].split()
            if len(fields) > 1:
                found.setdefault(int(fields[1]), []).append(int(name))
    return found


def descendants(main: int) -> list[int]:
    """Return every process below this one; elsewhere than on Linux, only the job's leader."""
    if not LINUX:
        return [main]
    me = os.getpid()
    listed = os.access(f"/proc/{me}/task/{me}/children", os.R_OK)
    table = {} if listed else children_by_parent()
    found: list[int] = []
    waiting = [me]
    while waiting:
        pid = waiting.pop()
        below = children(pid) if listed else table.get(pid, [])
        found += below
        waiting += below
    return found


def is_alive(pid: int) -> bool:
    """Say whether a process runs, rather than waits for its parent to notice that it ended.

    One whose first thread has ended looks like that, and runs as long as any other thread does.
    """
    fields = read_file(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    if not fields:
        return False
    return fields[0] not in (b"Z", b"X") or int(fields[17]) > 1


def identity(path: str | int) -> tuple[int, int] | None:
    """Return what tells one open file from another; ``None`` if it may not be looked at."""
    try:
        found = os.stat(path)  # noqa: PTH116  (pathlib would double the time to start)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def holds(pid: int, pipes: set[tuple[int, int] | None]) -> bool:
    """Say whether one of a process's standard streams is one of ``pipes``."""
    return any(
        seen is not None and seen in pipes
        for seen in (identity(f"/proc/{pid}/fd/{number}") for number in range(3))
    )


def send_signal(pid: int, number: int) -> None:
    """Signal a process; elsewhere than on Linux, its whole process group."""
    try:
        if LINUX:
            os.kill(pid, number)
        else:
            os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        # Gone already, or another user's, whom the limit on killing reports.
        return
