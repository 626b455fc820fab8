"""The command line of bubblewrap for what a process may see."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pytest_harness.runtime.sandbox.view import Access, Sight

RELAY = "/run/pytest-harness"
"""Where the sockets of a relay are seen inside."""

KERNEL_SETTINGS = ("sys", "sysrq-trigger", "irq", "bus", "fs")
"""What of ``/proc`` can be written to by the superuser, and must not be."""

KERNEL_SECRETS = ("acpi", "asound", "kcore", "keys", "latency_stats", "sched_debug", "scsi")
"""What of ``/proc`` speaks of the machine and not of the sandbox's processes."""

_NAMESPACES = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
    *("--cap-drop", "ALL"),
)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """A bubblewrap that works here."""

    program: str
    """Its path."""
    version: str
    """What it says of itself."""
    nested: bool
    """Whether it cannot keep processes from making user namespaces of their own."""
    env: str | None
    """The program ``env``, if it can have signals ignored and restored."""

    def command(
        self,
        sights: Iterable[Sight],
        argv: tuple[str, ...],
        *,
        cwd: str,
        network: bool,
        relay: str | None = None,
    ) -> tuple[str, ...]:
        """Return the command line that runs ``argv`` and shows it ``sights``.

        ``network`` keeps the machine's network; ``relay`` is a directory with a relay's sockets.
        """
        flags = [self.program, *_NAMESPACES]
        if not self.nested:
            flags.append("--disable-userns")
        if not network:
            flags.append("--unshare-net")
        flags += ("--perms", "1777", "--tmpfs", "/tmp")  # noqa: S108 - its own
        flags += ("--perms", "1777", "--tmpfs", "/var/tmp")  # noqa: S108
        flags += ("--proc", "/proc", "--dev", "/dev", *_kernel_files())
        if relay is not None:
            flags += ("--ro-bind", relay, RELAY)
        covered: list[str] = []
        for sight in sights:
            flags += _shown(sight)
            if sight.access is Access.HIDE and os.path.isdir(sight.source):
                covered.append(sight.path)
        for path in (*reversed(covered), "/"):
            flags += ("--remount-ro", path)
        inner = argv
        if self.env is not None and "=" not in argv[0]:
            # Bubblewrap dies of a polite request to end, and all inside with it, at once: it is
            # to ignore that, so that the program inside gets its time to end.
            flags.insert(0, "--ignore-signal=TERM")
            flags.insert(0, self.env)
            inner = (self.env, "--default-signal=TERM", *argv)
        return (*flags, "--chdir", cwd, "--", *inner)


@lru_cache(maxsize=1)
def _kernel_files() -> tuple[str, ...]:
    """Return the flags that keep a superuser's processes from the kernel's settings.

    Files of ``/proc`` belong to the superuser, who may write to them without any capability.
    """
    flags: list[str] = []
    if os.geteuid() != 0:
        return ()
    for name in KERNEL_SETTINGS:
        if os.path.exists(f"/proc/{name}"):
            flags += ("--ro-bind", f"/proc/{name}", f"/proc/{name}")
    for name in KERNEL_SECRETS:
        if os.path.isdir(f"/proc/{name}"):
            flags += ("--tmpfs", f"/proc/{name}")
        elif os.path.exists(f"/proc/{name}"):
            flags += ("--ro-bind", os.devnull, f"/proc/{name}")
    return tuple(flags)


def _shown(sight: Sight) -> Iterator[str]:
    match sight.access:
        case Access.READ:
            yield from ("--ro-bind", sight.source, sight.path)
        case Access.WRITE:
            yield from ("--bind", sight.source, sight.path)
        case Access.LINK:
            yield from ("--symlink", sight.source, sight.path)
        case Access.HIDE if os.path.isdir(sight.source):
            yield from ("--tmpfs", sight.path)
        case Access.HIDE:
            yield from ("--ro-bind", os.devnull, sight.path)
