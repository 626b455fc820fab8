"""The program Claude Code."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_harness.backends import npm
from pytest_harness.backends.program import Executable
from pytest_harness.backends.sdk.program import PythonSdk

INSTALL = "npm install -g @anthropic-ai/claude-code@latest"
"""The command that installs it; without ``@latest`` npm may choose an older one."""

_SCOPE = "@anthropic-ai"


def native(found: Path) -> Path | None:
    """Return the native program behind the script of npm's package, if there is one.

    The script is a copy of it only where npm was allowed to run the package's own script.
    """
    package = found.resolve().parent.parent
    if package.name != "claude-code" or package.parent.name != _SCOPE:
        return None
    name = "-".join(("claude-code", *npm.platform()))
    return npm.native(package, (name, f"{name}-musl"), "claude", scope=_SCOPE)


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
