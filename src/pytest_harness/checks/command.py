"""A command ends and prints as expected."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import UnreadableError, as_tuple, locate, path_problem
from pytest_harness.checks.processes import ending, printed, run, tail
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Ended

_ANY_SHELL = 'if command -v bash >/dev/null; then exec bash -c "$1"; fi; exec /bin/sh -c "$1"'
"""What finds the shell of an image."""

NONZERO = range(1, 126)
"""The exit codes of a command that ran and failed: 126 and 127 mean that it could not be run, and
above them a shell reports signals."""


@dataclass(frozen=True)
class Command(Check):
    """All marks if a command exits, and prints, as expected.

    With ``overlay`` and ``expect_exit="nonzero"`` it shows that a script is able to fail.
    """

    command: str | Sequence[str] = ""
    """A command line for ``bash -c`` (``/bin/sh -c`` where there is no bash), or the arguments of
    a program that is started without a shell."""
    _: KW_ONLY
    expect_exit: int | Collection[int] | Literal["nonzero"] = 0
    """The expected exit code, several, or ``"nonzero"``: any from 1 to 125."""
    expect_output: str | Sequence[str] | None = None
    """What it should print, on either stream."""
    cwd: str = "."
    """Working directory, relative to the workspace."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Further variables."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        if not self.command or (isinstance(self.command, str) and not self.command.strip()):
            return "it has no command; name one"
        expected: object = self.expect_exit
        if isinstance(expected, str) and expected != "nonzero":
            return f'expect_exit={expected!r} is no exit code; use a number or "nonzero"'
        if isinstance(expected, Collection) and not expected:
            return "expect_exit is empty; name at least one exit code"
        if not all(as_tuple(self.expect_output or ())):
            return "expect_output has an empty text; remove it"
        return path_problem(self.cwd)

    def grade(self, context: CheckContext) -> Verdict:
        """Run the command."""
        try:
            cwd = locate(context.workspace, self.cwd)
        except UnreadableError as error:
            return Verdict.share(0, 1, f"the working directory is not there: {error}")
        if not cwd.is_dir():
            return Verdict.share(0, 1, f"the working directory {self.cwd} is no directory")
        env = {**context.env, **self.env}
        result = run(context, self._argv(context, env), timeout=self.timeout, cwd=cwd, env=self.env)
        if result.ended in (Ended.TIMEOUT, Ended.SILENCE):
            reason = f"the command did not end within {self.timeout:g} s"
            return Verdict.timeout(reason, tail(result))
        ours = isinstance(self.command, str) or "/" not in self.command[0]
        if result.ended is Ended.NOT_STARTED and ours:
            return Verdict.error(f"{ending(result)}; install the program", tail(result))
        return self._judge(result)

    def _argv(self, context: CheckContext, env: Mapping[str, str]) -> tuple[str, ...]:
        if not isinstance(self.command, str):
            return tuple(self.command)
        if not context.host_programs:
            return ("/bin/sh", "-c", _ANY_SHELL, "sh", self.command)
        shell = shutil.which("bash", path=env.get("PATH")) or "/bin/sh"
        return (shell, "-c", self.command)

    def _judge(self, result: ProcessResult) -> Verdict:
        wanted = f"expected exit {_exits(self.expect_exit)}"
        if result.exit is None or not _matches(result.exit, self.expect_exit):
            return Verdict.share(0, 1, f"{wanted}, and {ending(result)}", tail(result))
        text = printed(result)
        missing = [each for each in as_tuple(self.expect_output or ()) if each not in text]
        if missing:
            listed = ", ".join(repr(each) for each in missing)
            return Verdict.share(0, 1, f"it did not print {listed}", tail(result))
        return Verdict.share(1, 1, ending(result), tail(result))


def _matches(code: int, expected: int | Collection[int] | str) -> bool:
    if isinstance(expected, str):
        return code in NONZERO
    return code == expected if isinstance(expected, int) else code in expected


def _exits(expected: int | Collection[int] | str) -> str:
    if isinstance(expected, str):
        return "1 to 125"
    if isinstance(expected, int):
        return str(expected)
    return " or ".join(str(code) for code in sorted(expected))
