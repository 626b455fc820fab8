"""Any program that speaks the protocol: found by the user's command."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.backends.acp.known import known
from pytest_harness.backends.gemini.program import GEMINI

UNKNOWN = "unknown"
"""Version of a program that does not tell one."""
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?(?:-[\w.]*\w)?")
_ASKING = f'"$@" --version 2>/dev/null || echo {UNKNOWN}'


@dataclass(frozen=True, slots=True)
class AcpProgram:
    """The program that the command names; see `pytest_harness.backends.program.Program`."""

    title: str = "the ACP program"
    """Its name in sentences."""
    install: str = 'name it in harness.toml: command = ["gemini", "--acp"]'
    """How to get one."""
    tested: tuple[str, str] = ("", "999999")
    """Nothing is said of versions of a program that we do not know."""
    default: tuple[str, ...] = ("no command is given",)
    """There is none to look for."""

    @property
    def quiet(self) -> Mapping[str, str]:
        """Variables with which it writes nothing: those of all programs that we know."""
        return GEMINI.quiet

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line that starts it; the native program in place of a script."""
        if not command:
            return None
        other = known(command)
        if other is not None:
            found = other.adapter.program.find(command[:1], path)
            return None if found is None else (*found, *command[1:])
        program = shutil.which(command[0], path=path)
        # A program reached by a relative path would not be found from the workspace.
        return None if program is None else (os.path.abspath(program), *command[1:])  # noqa: PTH100

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that makes it tell its version; it need not know how."""
        other = known(argv)
        if other is not None:
            return other.adapter.program.asking(argv[:1])
        return ("sh", "-c", _ASKING, "sh", argv[0])

    def identify(self, output: str) -> str | None:
        """Return the version in what it printed."""
        found = _VERSION.search(output)
        return found.group() if found else UNKNOWN
