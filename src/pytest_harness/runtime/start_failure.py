"""Sentences that say why a program could not be started."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from pytest_harness.runtime.process import without_process
from pytest_harness.vocabulary import Ended

if TYPE_CHECKING:
    from pytest_harness.runtime.process import ProcessResult, ProcessSpec
    from pytest_harness.runtime.warden_link import Failed


def reason(spec: ProcessSpec, failed: Failed) -> str:
    """Return one sentence with the culprit and, after it, the remedy."""
    program = spec.argv[0]
    if failed.step == "directory":
        return (
            f"The working directory {spec.cwd} cannot be entered ({failed.text}); "
            "create it or name another."
        )
    if failed.step == "limits":
        return (
            f"The limits for {program!r} cannot be laid on it ({failed.text}); "
            "ask for limits that this machine allows."
        )
    match failed.errno:
        case errno.ENOENT if "/" in program:
            return (
                f"The program {program} does not exist, or the interpreter in its first line "
                "does not; correct the path."
            )
        case errno.ENOENT | errno.ENOTDIR:
            return f"The program {program!r} was not found on PATH; install it or give its path."
        case errno.EACCES:
            return f"The program {program!r} may not be executed; run chmod +x on it."
        case errno.ENOEXEC:
            return (
                f"The program {program!r} is not executable on this machine; "
                "give it a first line such as #!/bin/sh."
            )
        case errno.E2BIG:
            return (
                f"The arguments and the environment of {program!r} are too long for the system; "
                "pass long text through standard input or a file."
            )
    return f"The program {program!r} cannot be started: {failed.text}; correct its command."


def not_started(spec: ProcessSpec, failed: Failed) -> ProcessResult:
    """Return what is said of a process that could not be started."""
    for path in (spec.stdout, spec.stderr):
        if path is not None:
            path.write_bytes(b"")
    return without_process(Ended.NOT_STARTED, reason(spec, failed))
