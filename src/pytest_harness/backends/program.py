"""The programs behind providers: finding one, and asking what it is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_harness.backends.sdk.program import MAIN
from pytest_harness.file_signature import signature
from pytest_harness.runtime.process import ProcessResult, ProcessSpec, Runner
from pytest_harness.vocabulary import Ended

_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")
_PATIENCE = 30
"""Seconds in which a program must have told its version."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a program said when it was asked for its version."""

    version: str | None
    """Its version; ``None`` if it did not run or is not what it should be."""
    wrong: str = ""
    """What is wrong with it, in one sentence without a remedy."""


class Program(Protocol):
    """How a provider's program is found and identified."""

    @property
    def title(self) -> str:
        """Its name in sentences: ``Claude Code``."""
        ...

    @property
    def install(self) -> str:
        """The command that installs it."""
        ...

    @property
    def tested(self) -> tuple[str, str]:
        """The lowest and the highest version that were tested, both included."""
        ...

    @property
    def default(self) -> tuple[str, ...]:
        """The command line that starts it where nobody says another, before it is looked for."""
        ...

    @property
    def quiet(self) -> Mapping[str, str]:
        """Variables with which it writes nothing when it is asked for its version."""
        ...

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line that starts it, or ``None`` if it is nowhere.

        ``command`` is what the user asked for, ``path`` the search path.
        """
        ...

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that makes it tell its version."""
        ...

    def identify(self, output: str) -> str | None:
        """Return the version in what it printed; ``None`` if it is another program."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Executable:
    """A program with a name of its own on the search path."""

    name: str
    """As on the search path."""
    title: str
    """Its name in sentences."""
    install: str
    """The command that installs it."""
    tested: tuple[str, str]
    """The lowest and the highest version that were tested."""
    says: re.Pattern[str] = _VERSION
    """What the output of ``--version`` must hold: group 1, or all of it, is the version."""
    native: Callable[[Path], Path | None] = lambda _found: None
    """Returns the native program behind a script that a package manager made, if there is one."""
    quiet: Mapping[str, str] = field(default_factory=dict)
    """Variables with which it writes nothing when it is asked for its version."""
    packaged: Callable[[], Path | None] = lambda: None
    """Returns the program that a Python package brings, if it is installed."""

    @property
    def default(self) -> tuple[str, ...]:
        """The command line that starts it."""
        return (self.name,)

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line that starts it; the native program in place of a script."""
        found = shutil.which(command[0] if command else self.name, path=path)
        if found is None:
            packaged = None if command else self.packaged()
            return None if packaged is None else (str(packaged),)
        native = self.native(Path(found)) if len(command) < 2 else None
        # A program reached by a relative path would not be found from the workspace.
        return (str(native or os.path.abspath(found)), *command[1:])  # noqa: PTH100 - keep links

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that makes it tell its version."""
        return (*argv, "--version")

    def identify(self, output: str) -> str | None:
        """Return the version in what it printed; ``None`` if it is another program."""
        match = self.says.search(output)
        return None if match is None else match.group(1 if match.re.groups else 0)


def identity(
    program: Program,
    argv: tuple[str, ...],
    env: Mapping[str, str],
    cwd: Path,
    runner: Runner,
    *,
    elsewhere: str | None = None,
) -> Identity:
    """Ask a program what it is.

    Asked once for each program and state of its file; of a program that is not this machine's, once
    for each place ``elsewhere``.
    """
    state = _state(argv) if elsewhere is None else elsewhere
    key = (program.title, argv, state)
    if key not in _known:
        # A fence shows the interpreter of an SDK, but not our program that it runs.
        readable = (MAIN.parent,) if str(MAIN) in argv else ()
        asking = program.asking(argv)
        spec = ProcessSpec(
            argv=asking,
            cwd=cwd,
            env={**env, **program.quiet},
            timeout=_PATIENCE,
            readable=readable,
        )
        result = runner.run(spec)
        if result.ended is not Ended.EXIT or result.exit != 0:
            said = _line(result.stderr.text()) or result.reason or _ending(result)
            return Identity(None, f"{argv[0]} does not tell its version: {said}")
        version = program.identify(result.stdout.text())
        if version is None:
            said = _line(result.stdout.text()) or "nothing"
            return Identity(None, f"{argv[0]} is not {program.title}: it says {said!r}")
        _known[key] = Identity(version)
    return _known[key]


_known: dict[tuple[object, ...], Identity] = {}


def _ending(result: ProcessResult) -> str:
    """Say in words how a program ended that printed nothing."""
    if result.ended is Ended.TIMEOUT:
        return f"it said nothing for {_PATIENCE} seconds"
    if result.signal is not None:
        return f"signal {result.signal} ended it"
    return f"its exit code is {result.exit}"


def _state(argv: tuple[str, ...]) -> tuple[object, ...]:
    """Tell one state of a program from another; a script counts like its interpreter."""
    return tuple(signature(os.path.realpath(word)) for word in argv if word.startswith("/"))


def untested(program: Program, version: str) -> str:
    """Return a sentence about a version outside the tested range; nothing for one inside."""
    lowest, highest = program.tested
    if not highest or _ordered(lowest) <= _ordered(version) <= _ordered(highest):
        return ""
    which = "older" if _ordered(version) < _ordered(lowest) else "newer"
    return f"{program.title} {version} is {which} than what was tested ({span(lowest, highest)})"


def span(lowest: str, highest: str) -> str:
    """Return the versions that were tested in words; nothing where all versions are alike."""
    if not lowest:
        return ""
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _ordered(version: str) -> tuple[int, ...]:
    """Return a version as numbers that can be compared."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("-")[0]))


def _line(text: str) -> str:
    """Return the first line that says anything, shortened."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:200]
