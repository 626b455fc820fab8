"""Where this process may make control groups of its own, found out once per process.

New groups lie below the group that this process is in, so that limits which somebody laid on it
hold for all that it starts. Of version 1, ``freezer`` and ``pids`` are used where version 2 is
missing or lacks them; its memory controller is not, because polling does the same and needs no
right. In a PID namespace, as a sandbox makes one, these groups hold the processes inside too.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.runtime.cgroups.group import ControlGroup

_CONTROLLERS = frozenset({"memory", "pids"})


@dataclass(frozen=True, slots=True)
class Places:
    """Directories below which control groups can be made."""

    tree: Path
    """For groups that hold a whole process tree, so that it can be found and killed."""
    controllers: frozenset[str]
    """Controllers that work below ``tree``."""
    pids: Path | None
    """For groups that limit the number of processes, where ``tree`` cannot."""


@functools.cache
def probe() -> Places | None:
    """Return where control groups can be made; ``None`` where that is not allowed.

    Removes what dead sessions left there, with every process in it.
    """
    own = own_groups(_read("/proc/self/cgroup"), _read("/proc/self/mountinfo"))
    tree = _usable(own, "") or _usable(own, "freezer")
    if tree is None:
        return None
    enabled = frozenset(_read(str(tree / "cgroup.subtree_control")).split()) & _CONTROLLERS
    return Places(tree, enabled, None if "pids" in enabled else _usable(own, "pids"))


def own_groups(groups: str, mounts: str) -> dict[str, Path]:
    """Return the directory of a process's group for each controller, ``""`` for version 2.

    ``groups`` and ``mounts`` are the texts of its ``cgroup`` and ``mountinfo`` in ``/proc``.
    """
    below: dict[str, str] = {}
    for line in groups.splitlines():
        _, names, path = line.split(":", 2)
        below.update(dict.fromkeys(names.split(","), path))
    found: dict[str, Path] = {}
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        root, point = left.split(" ")[3:5]
        kind, _, options = right.split(" ", 2)
        if kind not in ("cgroup", "cgroup2"):
            continue
        for name in ("",) if kind == "cgroup2" else options.split(","):
            own = below.get(name)
            if own is not None and Path(own).is_relative_to(root):
                found.setdefault(name, Path(point) / Path(own).relative_to(root))
    return found


def _usable(own: dict[str, Path], name: str) -> Path | None:
    """Return the directory for a controller if it is really our group and lets us make others.

    Removes stale groups in it.
    """
    path = own.get(name)
    if path is None or str(os.getpid()) not in _read(str(path / "cgroup.procs")).split():
        return None
    group = ControlGroup.make(path)
    if group is None:
        return None
    group.remove()
    ControlGroup.remove_stale(path)
    return path


def _read(path: str) -> str:
    """Return a file of the kernel, or nothing where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
