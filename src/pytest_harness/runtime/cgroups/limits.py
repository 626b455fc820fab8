"""Limits that the kernel itself holds, where control groups can be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_harness.runtime.cgroups.group import ControlGroup, remove_empty
from pytest_harness.vocabulary import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from pytest_harness.runtime.cgroups.probe import Places
    from pytest_harness.runtime.process import ResourceLimits

THREADS = 32
"""Threads that a process may have on average before the kernel refuses another."""
SPARE = 512
"""Threads that a tree may have beyond that."""


class KernelLimits:
    """The groups that hold one job's memory and number of processes.

    They act between two looks of the warden, whose measurements are the rule: the kernel counts
    threads as processes, so that it gets a far higher number and only brakes a fork bomb.
    """

    def __init__(
        self, memory: Path | None, processes: Path | None, separate: ControlGroup | None
    ) -> None:
        self._memory = memory
        self._processes = processes
        self._separate = separate

    @classmethod
    def make(cls, limits: ResourceLimits, places: Places, tree: ControlGroup) -> Self | None:
        """Make what these limits need; ``None`` where the kernel lets us have nothing of it."""
        wanted = {
            name
            for name, value in (("memory", limits.memory), ("pids", limits.processes))
            if value is not None
        }
        inside = wanted & places.controllers
        leaf = tree.directory / "limited"
        separate = None
        try:
            if inside:
                enabling = " ".join(f"+{name}" for name in sorted(inside))
                (tree.directory / "cgroup.subtree_control").write_text(enabling)
                leaf.mkdir()
            if "pids" in wanted - inside and places.pids is not None:
                separate = ControlGroup.make(places.pids)
            memory = leaf if "memory" in inside else None
            processes = leaf if "pids" in inside else separate.leaf if separate else None
            made = cls(memory, processes, separate)
            made._write(limits)
        except OSError:
            return None  # Then measuring does it all.
        return made if memory or processes else None

    def _write(self, limits: ResourceLimits) -> None:
        if self._memory is not None:
            (self._memory / "memory.max").write_text(str(limits.memory))
            for name, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
                if (self._memory / name).exists():
                    (self._memory / name).write_text(value)
        if self._processes is not None and limits.processes is not None:
            most = limits.processes * THREADS + SPARE
            (self._processes / "pids.max").write_text(str(most))

    def entrances(self) -> list[Path]:
        """Return the files in which the program must enter itself before it begins."""
        return [leaf / "cgroup.procs" for leaf in dict.fromkeys(self._leaves())]

    def met(self) -> Limit | None:
        """Return the limit at which the kernel refused or ended something."""
        if self._memory is not None and _count(self._memory / "memory.events", "oom_kill"):
            return Limit.MEMORY
        if self._processes is not None and _count(self._processes / "pids.events", "max"):
            return Limit.PROCESSES
        return None

    def remove(self) -> None:
        """Remove the groups of a job that is over."""
        if self._separate is not None:
            self._separate.remove()
        for leaf in dict.fromkeys(self._leaves()):
            remove_empty(leaf)

    def forget(self) -> None:
        """Let go of the groups as they are; for a forked child, whose parent removes them."""
        if self._separate is not None:
            self._separate.forget()

    def _leaves(self) -> Iterator[Path]:
        yield from (leaf for leaf in (self._memory, self._processes) if leaf is not None)


def _count(file: Path, name: str) -> int:
    """Return one count from a file of lines such as ``oom_kill 1``."""
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
