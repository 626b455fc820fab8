"""A vendor's Python SDK as a program: an interpreter that has it, and our child process."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAIN = Path(__file__).with_name("main.py")
"""The child's program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSdk:
    """An SDK that is a Python package; see `pytest_harness.backends.program.Program`.

    Its command is the interpreter of the environment in which it is installed, which is ours unless
    another is configured.
    """

    name: str
    """Of its module beside this file."""
    package: str
    """Its name on PyPI."""
    title: str
    """Its name in sentences."""
    tested: tuple[str, str]
    """The lowest and the highest version that were tested."""

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"pip install {self.package}"

    @property
    def default(self) -> tuple[str, ...]:
        """The command line that starts it."""
        return ("python3", "-I", str(MAIN), self.name)

    @property
    def quiet(self) -> Mapping[str, str]:
        """Variables with which it writes nothing; it needs none."""
        return {}

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line of the child; ``None`` if there is no such interpreter."""
        found = shutil.which(command[0], path=path) if command else sys.executable
        if not found:
            return None
        # Links are kept: an environment is known by the path of its interpreter.
        return (os.path.abspath(found), *command[1:], "-I", str(MAIN), self.name)  # noqa: PTH100

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that makes it tell its version."""
        return (*argv, "--version")

    def identify(self, output: str) -> str | None:
        """Return the version in what it printed."""
        match = re.match(rf"{re.escape(self.package)} (\S+)", output)
        return None if match is None else match.group(1)
