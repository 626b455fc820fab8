"""Finding the OpenCode program."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends import npm
from pytest_harness.backends.program import Executable


def native(found: Path) -> Path | None:
    """Return the native program behind the one that npm installs.

    Without npm's scripts the latter is only a notice that it is not there.
    """
    package = found.resolve().parent.parent
    if package.name != "opencode-ai":
        return None
    name = "-".join(("opencode", *npm.platform()))
    return npm.native(package, (name, f"{name}-baseline", f"{name}-musl"), "bin/opencode")


PROGRAM = Executable(
    name="opencode",
    title="OpenCode",
    install="npm install -g opencode-ai",
    tested=("1.18.33", "1.18.33"),
    native=native,
)
"""OpenCode."""
