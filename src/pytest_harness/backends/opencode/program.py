"""Finding the OpenCode program."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_harness.backends.program import Executable

_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


def native(found: Path) -> Path | None:
    """Return the native program behind the one that npm installs.

    Without npm's scripts the latter is only a notice that it is not there.
    """
    package = found.resolve().parent.parent
    if package.name != "opencode-ai":
        return None
    system = os.uname()
    machine = system.machine.lower()
    name = f"opencode-{system.sysname.lower()}-{_MACHINES.get(machine, machine)}"
    for root in (package.parent, package / "node_modules"):
        for kind in ("", "-baseline", "-musl"):
            program = root / f"{name}{kind}" / "bin" / "opencode"
            if os.access(program, os.X_OK):
                return program
    return None


PROGRAM = Executable(
    name="opencode",
    title="OpenCode",
    install="npm install -g opencode-ai",
    tested=("1.18.33", "1.18.33"),
    native=native,
)
"""OpenCode."""
