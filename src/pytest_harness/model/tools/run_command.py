"""The tool `run_command`."""

from __future__ import annotations

import math
import posixpath
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from pytest_harness.backends.events import Work
from pytest_harness.model.options import ANY
from pytest_harness.model.tools.arguments import Arguments, Texts
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.handler import Handler
from pytest_harness.model.tools.naming import NotAllowedError, NotPossibleError, one_line
from pytest_harness.runtime.process import Captured, ProcessResult, ProcessSpec, Runner
from pytest_harness.vocabulary import Ended, Tool

STREAM_BYTES = 16 << 10
"""Bytes that are given of each stream: the first and the last half."""
ARGUMENT_BYTES = 100_000
"""Bytes of all arguments of a command."""

_SHOWN = 100


class RunCommandArguments(Arguments):
    """What to run."""

    argv: Texts = Field(
        description='The program and its arguments, such as ["pytest", "-q"]. There is no shell: '
        "no pipes, no wildcards, no variables."
    )
    timeout: float | None = Field(
        default=None, description="Seconds after which it is ended. Default: the most there is."
    )


class RunCommand(Handler[RunCommandArguments]):
    """Runs a program in the workspace and ends whatever it leaves."""

    tool = Tool.RUN_COMMAND
    work = Work.COMMAND
    model = RunCommandArguments

    def __init__(
        self,
        workspace: Path,
        runner: Runner,
        environment: Mapping[str, str],
        commands: Sequence[str],
        *,
        command_timeout: float,
        remaining: Callable[[], float],
        readable: Sequence[Path],
    ) -> None:
        self._workspace = workspace
        self._runner = runner
        self._environment = environment
        self._commands = tuple(commands)
        self._timeout = command_timeout
        self._remaining = remaining
        self._readable = tuple(readable)

    @property
    def description(self) -> str:
        """What it does, for models."""
        return (
            "Run a program in the workspace, without a shell, and get its exit code and output. "
            f"{self._may_be_run()} It is ended after {self._timeout:g} seconds, and so is what it "
            "leaves running."
        )

    def summary(self, given: RunCommandArguments) -> str:
        """The command line."""
        return shlex.join(given.argv)

    def execute(self, given: RunCommandArguments) -> Outcome:
        """Run it. Lets `SupervisorError` and `KeyboardInterrupt` through."""
        self._check(given)
        limit = min(given.timeout or self._timeout, self._timeout, self._remaining())
        if limit <= 0:
            raise NotPossibleError("no time is left for a command")
        result = self._runner.run(
            ProcessSpec(
                argv=tuple(given.argv),
                cwd=self._workspace,
                env=self._environment,
                timeout=limit,
                keep=STREAM_BYTES,
                readable=self._readable,
            )
        )
        outcome = self.done(given, _text(result, limit))
        return replace(
            outcome,
            failed=result.ended is not Ended.EXIT,
            exit=result.exit,
            survivors=result.survivors,
        )

    def _check(self, given: RunCommandArguments) -> None:
        argv = given.argv
        if not argv or not argv[0]:
            raise NotAllowedError('argv names no program; write it as ["pytest", "-q"]')
        if any("\0" in each for each in argv):
            raise NotAllowedError("argv holds a NUL character; leave it out")
        size = sum(len(each.encode()) for each in argv)
        if size > ARGUMENT_BYTES or len(argv) > ARGUMENT_BYTES // 10:
            raise NotAllowedError(
                f"argv has {size} bytes in {len(argv)} arguments, which is too much; "
                "write long text into a file"
            )
        if given.timeout is not None and not (given.timeout > 0 and math.isfinite(given.timeout)):
            raise NotAllowedError("timeout is no positive number of seconds")
        if not self._allowed(argv[0]):
            raise NotAllowedError(f"{self._why_not(argv)} {self._may_be_run()}".removesuffix("."))

    def _allowed(self, program: str) -> bool:
        if ANY in self._commands:
            return True
        if "/" not in program:
            return program in self._commands
        listed = {posixpath.normpath(each) for each in self._commands if "/" in each}
        return posixpath.normpath(program) in listed

    def _why_not(self, argv: Sequence[str]) -> str:
        program = argv[0]
        if len(argv) == 1 and len(program.split()) > 1:
            return "argv is one text, and there is no shell to take it apart; give it as a list."
        name = one_line(program[:_SHOWN])
        bare = posixpath.basename(program)
        if "/" in program and bare in self._commands:
            return f"{name} is a path; call the program by its name, {bare}."
        return f"{name} may not be run."

    def _may_be_run(self) -> str:
        if ANY in self._commands:
            return "Every program on PATH may be run."
        if not self._commands:
            return "No program may be run."
        return f"These programs may be run: {', '.join(self._commands)}."


def _text(result: ProcessResult, limit: float) -> str:
    """Say how a command went, and what it printed: standard output first."""
    parts = [_ending(result, limit)]
    if result.survivors:
        kind = "process" if result.survivors == 1 else "processes"
        parts[0] += (
            f" It left {result.survivors} {kind} running, which had to be ended: "
            "nothing goes on after a command."
        )
    for name, stream in (("stdout", result.stdout), ("stderr", result.stderr)):
        if stream.total:
            parts.append(f"{name}:\n{_printed(stream)}")
    if len(parts) == 1 and result.ended is not Ended.NOT_STARTED:
        parts[0] += " It printed nothing."
    return "\n".join(parts)


def _printed(stream: Captured) -> str:
    return stream.text().rstrip("\n")


def _ending(result: ProcessResult, limit: float) -> str:
    match result.ended:
        case Ended.EXIT if result.signal is not None:
            return f"Signal {result.signal} ended it."
        case Ended.EXIT:
            return f"Exit code {result.exit}."
        case Ended.NOT_STARTED:
            return f"It was not started. {result.reason}"
        case Ended.TIMEOUT | Ended.SILENCE:
            return f"It ran longer than {limit:.3g} seconds and was ended."
        case Ended.LIMIT:
            return f"It met the limit on {result.limit} and was ended; let it use less."
        case _:
            return "It was ended because the session is ending."
