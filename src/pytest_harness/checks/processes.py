"""Running a check's process, and what is said of how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_harness.checks.base import CheckContext
from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.process import ProcessResult, ProcessSpec
from pytest_harness.vocabulary import NESTED, Ended

TAIL = 2000
"""Characters of output that a result keeps."""


def run(
    context: CheckContext,
    argv: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    readable: Sequence[Path] = (),
) -> ProcessResult:
    """Run a program, by default in the workspace, and end all that it leaves.

    ``readable`` are paths that it needs beside the system's, its own and the workspace.
    Raises `SupervisorError` when something from outside ended it, or a limit of the runtime: then
    it says nothing, as when a check runs out of its time.
    """
    result = context.runner.run(
        ProcessSpec(
            argv=tuple(argv),
            cwd=cwd or context.workspace,
            env={**context.env, NESTED: "1", **(env or {})},
            timeout=timeout,
            stdin=stdin,
            readable=tuple(readable),
        )
    )
    if result.ended is Ended.INTERRUPT:
        raise SupervisorError("the check was interrupted; run the session again")
    if result.ended is Ended.LIMIT:
        raise SupervisorError(
            f"the check met the runtime's limit on {result.limit}; raise it in harness.toml, or "
            "let what it runs need less"
        )
    return result


def printed(result: ProcessResult) -> str:
    """Return what it printed, standard error after standard output."""
    parts = (result.stdout.text().strip("\n"), result.stderr.text().strip("\n"))
    return "\n".join(part for part in parts if part)


def tail(result: ProcessResult) -> str:
    """Return the last part of what it printed."""
    return printed(result)[-TAIL:]


def ending(result: ProcessResult) -> str:
    """Say how it ended: ``it exited with 1``."""
    if result.ended is Ended.NOT_STARTED:
        return f"it could not be started ({result.reason})"
    if result.ended in (Ended.TIMEOUT, Ended.SILENCE):
        return "it ran out of time"
    if result.signal is not None:
        return f"signal {result.signal} ended it"
    return f"it exited with {result.exit}"
