"""What a tree of processes uses, measured by looking at it."""

from __future__ import annotations

import os

from .tree import is_alive, read_file, threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK = 0.1
"""Seconds between looks."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Meter:
    """Compares a tree with the limits on its memory and on the number of its processes."""

    def __init__(self, memory: int | None, processes: int | None, now: float) -> None:
        self._memory = memory
        self._processes = processes
        self.on = memory is not None or processes is not None
        """Whether there is anything to measure."""
        self._next = now

    def wait(self, now: float) -> float:
        """Return the seconds until the next look is due."""
        return max(0.0, self._next - now)

    def exceeded(self, pids: Sequence[int], now: float) -> str | None:
        """Return the name of a limit that these processes exceed, if they do."""
        self._next = now + LOOK
        if self._processes is not None and _number(pids, self._processes) > self._processes:
            return "processes"
        if self._memory is not None and _memory(pids, self._memory) > self._memory:
            return "memory"
        return None


def _number(pids: Sequence[int], limit: int) -> int:
    """Count processes; those that only wait to be collected do not count."""
    return len(pids) if len(pids) <= limit else sum(map(is_alive, pids))


def _memory(pids: Sequence[int], limit: int) -> int:
    """Return bytes; what processes share counts once, which is looked at only near the limit."""
    total = sum(map(_resident, pids))
    if total <= limit:
        return total
    # Twice, because what one shares falls to the others when it ends between two of the readings.
    return min(sum(map(_proportional, pids)) for _ in range(2))


def _resident(pid: int) -> int:
    pages = _pages(f"/proc/{pid}/statm")
    if not pages:
        # Where the first thread has ended, the others still tell.
        pages = max((_pages(f"/proc/{pid}/task/{each}/statm") for each in threads(pid)), default=0)
    return pages * _PAGE


def _pages(path: str) -> int:
    fields = read_file(path).split()
    return int(fields[1]) if len(fields) > 1 else 0


def _proportional(pid: int) -> int:
    """Return a process's share of the memory it uses, or all of it where that is not told."""
    for line in read_file(f"/proc/{pid}/smaps_rollup").splitlines():
        name, _, value = line.partition(b":")
        if name == b"Pss":
            return int(value.split()[0]) * 1024
    return _resident(pid)
