"""The fence for where namespaces are refused: Landlock, by which a process gives up rights."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_harness.runtime.sandbox import landlock_inside
from pytest_harness.runtime.sandbox.paths import below, python
from pytest_harness.runtime.sandbox.view import Access, Sight

NETWORK_ABI = 4
"""The version that can refuse connections."""
SCOPE_ABI = 6
"""The version that can refuse signals, and sockets without a file."""

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")


@dataclass(frozen=True, slots=True)
class Landlock:
    """Landlock of this kernel's version."""

    abi: int
    """The version; 0 for none."""

    @classmethod
    def here(cls) -> Landlock:
        """Ask the kernel."""
        return cls(landlock_inside.abi() if sys.platform == "linux" else 0)

    def notes(self) -> tuple[str, ...]:
        """Say what stays open beside what `Bubblewrap` closes."""
        notes = [
            "names, sizes and times of files can be asked for anywhere, and the command lines of "
            "all processes can be read",
            "there is no /tmp and no /dev/shm; Unix sockets that have a file can be connected to",
        ]
        if self.abi >= NETWORK_ABI:
            notes.append(
                "without network UDP stays open; named ports are open on every machine, and the "
                "processes' own servers cannot be reached"
            )
        if self.abi < SCOPE_ABI:
            notes.append("processes of the same user can be sent signals")
        return tuple(notes)

    def command(
        self, sights: Sequence[Sight], argv: tuple[str, ...], *, ports: tuple[int, ...] | None
    ) -> tuple[str, ...]:
        """Return the command line that runs ``argv`` with ``sights``.

        ``ports`` are the only ones that may be connected to; ``None`` leaves the network open.
        """
        writes = (Access.WRITE,)
        order = {
            "read": ["/proc", *granted(sights, (Access.READ,))],
            "write": list(granted(sights, writes)),
            "devices": [f"/dev/{name}" for name in _DEVICES],
            "ports": None if ports is None else list(ports),
        }
        program = landlock_inside.__file__
        return (python(), "-I", "-S", program, json.dumps(order), *argv)


def granted(sights: Sequence[Sight], kinds: Iterable[Access]) -> Iterator[str]:
    """Yield the paths to allow.

    A right on a directory is one on all below it, so that a directory with something hidden in it
    gives way to its other entries.
    """
    hidden = [sight.path for sight in sights if sight.access is Access.HIDE]
    for sight in sights:
        if sight.access in kinds:
            yield from _without(sight.source, hidden)


def _without(path: str, hidden: Sequence[str]) -> Iterator[str]:
    if path in hidden:
        return
    inside = [each for each in hidden if below(each, path)]
    if not inside:
        yield path
        return
    for name in os.listdir(path):
        child = f"{path}/{name}"
        if not os.path.islink(child):
            yield from _without(child, inside)
