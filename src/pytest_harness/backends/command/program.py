"""A program of which nothing is known: its version is what its files hold."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SUMS = 'for each; do cksum < "$(command -v "$each" || printf %s "$each")" || exit; done'
_SUM = re.compile(r"\d+ \d+")


def scripts(argv: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files that a command line names with absolute paths, beside its program."""
    named = (each for each in argv[1:] if each.startswith("/") and os.path.isfile(each))  # noqa: PTH113 - no error for what cannot be a path
    return tuple(map(Path, named))


@dataclass(frozen=True, slots=True)
class UnknownProgram:
    """A command line; see `pytest_harness.backends.program.Program`.

    It is not asked for its version: who knows what ``--version`` would make it do.
    """

    title: str = "The command"
    """Its name in sentences."""
    install: str = (
        'declare a backend in harness.toml with provider = "cli" and '
        'command = ["mytool", "{prompt}"]'
    )
    """What to do where none is named."""
    tested: tuple[str, str] = ("", "")
    """No version is more tested than another."""
    default: tuple[str, ...] = ("none is named",)
    """What is said in place of a command line where there is none."""

    @property
    def quiet(self) -> Mapping[str, str]:
        """Variables with which it writes nothing; it needs none."""
        return {}

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line with the path of its program; ``None`` if that is nowhere."""
        found = shutil.which(command[0], path=path) if command else None
        if found is None:
            return None
        return (os.path.abspath(found), *command[1:])  # noqa: PTH100 - keep links

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that prints the checksums of the program and its script."""
        return ("/bin/sh", "-c", _SUMS, "sh", argv[0], *map(str, scripts(argv)))

    def identify(self, output: str) -> str | None:
        """Return a short digest of the checksums."""
        sums = _SUM.findall(output)
        return hashlib.sha256("\n".join(sums).encode()).hexdigest()[:12] if sums else None
