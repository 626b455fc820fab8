"""One control group: made, locked, filled, killed and removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_TRIES = 5
"""How often a group is made anew because another session took it for a stale one."""

PREFIX = "pytest-harness."
"""What the names of all our groups begin with."""

_LIMIT = 10.0
"""Seconds after which killing, or removing what still counts as busy, is given up."""


class ControlGroup:
    """A directory in the kernel's tree of control groups.

    Whoever made it holds a lock on it for life, so that others see when it is of no more use. Its
    processes lie one level below, because a group with limits may not have both.
    """

    def __init__(self, directory: Path, lock: int) -> None:
        self.directory = directory
        self._lock = lock

    @classmethod
    def make(cls, parent: Path) -> Self | None:
        """Make a group below ``parent``; ``None`` where that is not possible."""
        for _ in range(_TRIES):
            directory = parent / f"{PREFIX}{uuid.uuid4().hex}"
            try:
                directory.mkdir()
            except OSError:
                return None
            with contextlib.suppress(OSError):  # Swept away as stale before it was locked.
                made = cls(directory, os.open(directory, _DIRECTORY))
                if made._lock_it():
                    made.leaf.mkdir()
                    return made
                made.forget()
        return None

    @classmethod
    def remove_stale(cls, parent: Path) -> None:
        """Remove the groups below ``parent`` whose makers are dead, with all that is in them."""
        for directory in parent.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):  # Another process may be doing the same.
                stale = cls(directory, os.open(directory, _DIRECTORY))
                if stale._lock_it():
                    stale.kill()
                    stale.remove()
                else:
                    stale.forget()

    @property
    def leaf(self) -> Path:
        """The directory whose ``cgroup.procs`` processes enter."""
        return self.directory / "all"

    def enter(self, pid: int) -> bool:
        """Put a process into the group, and so all that it starts; say whether that worked."""
        try:
            (self.leaf / "cgroup.procs").write_text(str(pid))
        except OSError:
            return False
        return True

    def processes(self) -> list[int]:
        """Return the processes in the group and in groups that were made below it."""
        found: list[int] = []
        for directory in self._below():
            with contextlib.suppress(OSError):  # Removed while we looked.
                found += map(int, (directory / "cgroup.procs").read_bytes().split())
        return found

    def kill(self) -> int:
        """Kill everything in the group until it is empty; return how many processes that were."""
        killed: set[int] = set()
        deadline = time.monotonic() + _LIMIT
        while (found := self.processes()) and time.monotonic() < deadline:
            killed.update(found)
            self._kill_once(found)
            time.sleep(0.001)
        return len(killed)

    def remove(self) -> None:
        """Remove the empty group and let go of it; what is still in use stays for another day."""
        for directory in reversed(self._below()):
            remove_empty(directory)
        self.forget()

    def forget(self) -> None:
        """Let go of the group as it is."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _lock_it(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _below(self) -> list[Path]:
        """Return this directory and all below it, the outer ones first."""
        return [Path(directory) for directory, _, _ in os.walk(self.directory)]

    def _kill_once(self, found: list[int]) -> None:
        at_once = self.directory / "cgroup.kill"
        if at_once.exists():
            at_once.write_text("1")
            return
        # Frozen processes cannot start others while they are being killed one by one.
        self._freeze("1", "FROZEN")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._freeze("0", "THAWED")

    def _freeze(self, modern: str, old: str) -> None:
        for name, value in (("cgroup.freeze", modern), ("freezer.state", old)):
            file = self.directory / name
            if file.exists():
                file.write_text(value)
                return


def remove_empty(directory: Path) -> None:
    """Remove a group without processes, waiting for those that died a moment ago."""
    deadline = time.monotonic() + _LIMIT
    while True:
        try:
            directory.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline or (directory / "cgroup.procs").read_bytes():
                return
            time.sleep(0.0005)
        else:
            return
