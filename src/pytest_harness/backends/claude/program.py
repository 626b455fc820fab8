"""The program Claude Code."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pytest_harness.backends.program import Executable
from pytest_harness.backends.sdk.program import PythonSdk

INSTALL = "npm install -g @anthropic-ai/claude-code@latest"
"""The command that installs it; without ``@latest`` npm may choose an older one."""

_SCOPE = "@anthropic-ai"
_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


def native(found: Path) -> Path | None:
    """Return the native program behind the script of npm's package, if there is one.

    The script is a copy of it only where npm was allowed to run the package's own script.
    """
    package = found.resolve().parent.parent
    if package.name != "claude-code" or package.parent.name != _SCOPE:
        return None
    for folder in (package.parent, package / "node_modules" / _SCOPE):
        for name in _names():
            program = folder / name / "claude"
            if os.access(program, os.X_OK):
                return program
    return None


def _names() -> tuple[str, ...]:
    """Return the names of this platform's package, most likely first."""
    system = os.uname()
    machine = _MACHINES.get(system.machine.lower(), system.machine)
    base = f"claude-code-{system.sysname.lower()}-{machine}"
    return (base, f"{base}-musl")


CLAUDE = Executable(
    name="claude",
    title="Claude Code",
    install=INSTALL,
    tested=("2.1.329", "2.1.329"),
    says=re.compile(r"(\d+\.\d+\.\d+\S*) \(Claude Code\)"),
    native=native,
)
"""Claude Code, as npm or its own installer puts it on the search path."""

SDK = PythonSdk(
    name="claude",
    package="claude-agent-sdk",
    title="the Claude Agent SDK",
    tested=("0.2.186", "0.2.186"),
)
"""The SDK, which brings a Claude Code of its own."""
