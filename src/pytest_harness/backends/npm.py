"""Native programs behind the scripts that npm installs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def platform() -> tuple[str, str]:
    """Return system and machine as Node names them: ``linux`` and ``x64``."""
    here = os.uname()
    machine = here.machine.lower()
    return here.sysname.lower(), _MACHINES.get(machine, machine)


def native(package: Path, names: Iterable[str], program: str, *, scope: str = "") -> Path | None:
    """Return the ``program`` in the first of the packages ``names`` that has one.

    npm puts them beside the ``package`` that needs them, or into it, below their ``scope``.
    """
    roots = (package.parent, package / "node_modules" / scope)
    wanted = tuple(names)
    return executable(root / name / program for root in roots for name in wanted)


def executable(places: Iterable[Path]) -> Path | None:
    """Return the first file that can be executed."""
    return next((place for place in places if os.access(place, os.X_OK)), None)
