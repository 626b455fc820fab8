"""Why bubblewrap does not work here, told by evidence, and what to do about it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.runtime.refusal import Refusal

_RUN = "sudo sysctl -w "


NOT_INSTALLED = Refusal(
    "bubblewrap is not installed (there is no bwrap on PATH)",
    "install it, for example with: apt install bubblewrap",
)
"""The first thing to look for."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of this machine."""

    sysctls: Path = Path("/proc/sys")
    """Where its settings are read."""
    root: Path = Path("/")
    """Where the marks of containers are looked for."""

    def setting(self, name: str) -> str | None:
        """Return a setting of the kernel, or ``None`` if there is none of that name."""
        try:
            return (self.sysctls / name.replace(".", "/")).read_text().strip()
        except OSError:
            return None

    @property
    def contained(self) -> bool:
        """Whether this looks like a container."""
        marks = (".dockerenv", "run/.containerenv")
        return "container" in os.environ or any((self.root / mark).exists() for mark in marks)


def explain(message: str, machine: Machine, *, superuser: bool) -> Refusal:
    """Say why bubblewrap printed ``message`` in the place of running a program."""
    if machine.setting("user.max_user_namespaces") == "0":
        return _switched("user.max_user_namespaces", "0", "15000")
    if not superuser and machine.setting("kernel.unprivileged_userns_clone") == "0":
        return _switched("kernel.unprivileged_userns_clone", "0", "1")
    if not superuser and machine.setting("kernel.apparmor_restrict_unprivileged_userns") == "1":
        return Refusal(
            "AppArmor keeps user namespaces from bubblewrap "
            "(kernel.apparmor_restrict_unprivileged_userns is 1)",
            "give bwrap an AppArmor profile with the rule 'userns,', or run: "
            f"{_RUN}kernel.apparmor_restrict_unprivileged_userns=0",
        )
    if "ENOSPC" in message or "No space left" in message:
        return Refusal(
            "no further user namespace may be made here (their number or nesting is limited)",
            f"run it outside of other sandboxes, or raise: {_RUN}user.max_user_namespaces=15000",
        )
    if "mount proc" in message and machine.contained:
        return Refusal(
            "the container that this runs in covers parts of /proc, so that no other can be made",
            "start it with: docker run --security-opt systempaths=unconfined",
        )
    if machine.contained:
        return Refusal(
            "the container that this runs in allows no namespaces",
            "start it with: docker run --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined, and with "
            "--cap-add SYS_ADMIN if that is not enough",
        )
    said = " ".join(message.split())[:300] or "nothing"
    return Refusal(
        f"bubblewrap does not work here; it says: {said}",
        "allow user namespaces for this user, or use the runtime profile or container",
    )


def _switched(name: str, value: str, wanted: str) -> Refusal:
    return Refusal(
        f"user namespaces are switched off here ({name} is {value})", f"run: {_RUN}{name}={wanted}"
    )
