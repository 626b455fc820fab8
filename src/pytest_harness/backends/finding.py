"""Finding the program of an agent, and saying that it is not here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from pytest_harness.backends.adapter import Adapter, Setup
from pytest_harness.backends.base import Missing


def find(adapter: Adapter, setup: Setup, environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the command line that starts an adapter's program; ``None`` if it is not here."""
    if setup.elsewhere is not None:
        return setup.command or adapter.program.default
    return adapter.program.find(setup.command, environment.get("PATH", ""))


def not_found(adapter: Adapter, setup: Setup, environment: Mapping[str, str]) -> Missing:
    """Say that a program, or a part of it, is missing, and how to get it."""
    program = adapter.program
    first = (setup.command or program.default)[0]
    if shutil.which(first, path=environment.get("PATH", "")) is not None:
        what = f"{program.title} is here in part: {first} was found, the rest was not"
        return Missing(what, program.install)
    if setup.command:
        remedy = f"install it as {setup.command[0]}, or change the backend's command"
        return Missing(f"{program.title} was not found as {setup.command[0]}", remedy)
    return Missing(f"{program.title} was not found ({program.default[0]})", program.install)
