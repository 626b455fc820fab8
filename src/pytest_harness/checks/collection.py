"""Which tests the original has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pytest_harness.checks.base import CheckContext, Verdict
from pytest_harness.checks.fingerprint import describe_value
from pytest_harness.checks.processes import ending, tail
from pytest_harness.checks.pytest_session import Findings, Session
from pytest_harness.vocabulary import Ended

_collected: dict[str, tuple[str, ...]] = {}
"""Node ids by what they depend on; kept for the life of the process."""


class NotCollectedError(Exception):
    """The original's tests cannot be told; `verdict` says why and whose doing it is."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def collect(
    session: Session, context: CheckContext, *, own: PurePosixPath | None, timeout: float
) -> tuple[str, ...]:
    """Return the node ids of the original with its hidden files, at least one.

    ``own`` is the interpreter's path if it belongs to the workspace. Then the original's own is
    asked, or the harness's where the original has none, and the candidate's as a last resort.
    Raises `NotCollectedError`.
    """
    from pytest_harness.workspace.copying import copy_tree, lay_over, remove_tree

    key = _key(session, context)
    if key in _collected:
        return _collected[key]
    root = context.scratch / "original"
    copy_tree(context.original, root)
    try:
        for layer in context.hidden:
            lay_over(layer, root)
        for program in _programs(session, root, own):
            asked = replace(session, interpreter=program)
            found = asked.run(context, root, timeout=timeout, collect_only=True)
            if problem := _problem(program, found, timeout):
                continue
            if own is None or program != session.interpreter:
                _collected[key] = found.collected
            return found.collected
    finally:
        remove_tree(root)
    candidates_doing = own is not None and not (context.original / own).exists()
    if found.process.ended is Ended.TIMEOUT:
        verdict = Verdict.timeout(problem, tail(found.process))
    elif candidates_doing:
        verdict = Verdict.share(0, 1, problem, tail(found.process))
    else:
        verdict = Verdict.error(problem, tail(found.process))
    raise NotCollectedError(verdict)


def _programs(session: Session, root: Path, own: PurePosixPath | None) -> Iterator[str]:
    if own is None:
        yield session.interpreter
    elif (root / own).exists():
        yield str(root / own)
    else:
        yield sys.executable
        yield session.interpreter


def _problem(program: str, found: Findings, timeout: float) -> str:
    """Say why the findings name no tests; empty if they do."""
    about = f"the original's tests cannot be collected with {program}"
    if found.process.ended is Ended.TIMEOUT:
        return f"{about} within {timeout:g} s; give the check more time"
    if found.no_pytest:
        return f"{about}, which has no pytest ({found.no_pytest}); install pytest there"
    if not found.finished:
        return f"{about}: {ending(found.process)}; correct the target's workspace"
    if found.errors:
        return f"{about}: {found.errors[0]}; correct the target's workspace"
    if not found.collected:
        return f"{about}: there are none; correct the check's paths or arguments"
    return ""


def _key(session: Session, context: CheckContext) -> str:
    """Return text of all that the node ids depend on."""
    from pytest_harness.workspace.manifest import scan

    env = {name: value for name, value in context.env.items() if name not in ("HOME", "TMPDIR")}
    contents = [scan(root).digest for root in (context.original, *context.hidden)]
    program = session.interpreter.removeprefix(f"{context.workspace}/")
    return describe_value((replace(session, interpreter=program), contents, env))
