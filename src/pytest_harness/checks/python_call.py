"""A callable decides."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.calling import call_apart
from pytest_harness.checks.processes import ending, run, tail
from pytest_harness.vocabulary import Ended

Decide = Callable[[Path], bool | float | int | Fraction | str | None]
"""Is given the workspace; answers with a score from 0 to 1, a truth value, ``None`` for full marks,
or a text that says why there are none."""


@dataclass(frozen=True)
class Python(Check):
    """The score that a callable gives, asked in a child process of the harness's own interpreter.

    The callable is sent by value together with what it uses of its own module; other modules are
    imported by the child, from the same search path. An exception means no marks.
    """

    function: Decide | None = None
    """The callable."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        if not callable(self.function):
            return f"{self.function!r} is no callable; give a function of the workspace's path"
        return None

    def grade(self, context: CheckContext) -> Verdict:
        """Ask the callable."""
        result, answer = call_apart(
            self.function,
            context.workspace,
            context.scratch,
            f"the callable of check {self.name!r}",
            lambda argv, stdin, readable: run(
                context, argv, timeout=self.timeout, stdin=stdin, readable=readable
            ),
        )
        if result.ended is Ended.TIMEOUT:
            reason = f"the callable did not answer within {self.timeout:g} s"
            return Verdict.timeout(reason, tail(result))
        if result.ended is Ended.NOT_STARTED:
            return Verdict.error(ending(result), tail(result))
        if answer is None:
            reason = f"the callable did not finish: {ending(result)}"
            return Verdict.share(0, 1, reason, tail(result))
        return _verdict(answer, tail(result))


def _verdict(answer: dict[str, str], printed: str) -> Verdict:
    if "unloadable" in answer:
        return Verdict.error(f"the callable cannot be loaded: {answer['unloadable']}", printed)
    if importlib.util.find_spec(answer.get("missing") or "-") is not None:
        reason = f"the callable needs {answer['missing']}, which is missing where checks run"
        return Verdict.error(f"{reason}; install it there", printed)
    if "raised" in answer:
        return Verdict.share(0, 1, answer["raised"], printed)
    if "failed" in answer:
        return Verdict.share(0, 1, answer["failed"] or "the callable says no", printed)
    if "wrong" in answer:
        return Verdict.error(
            f"the callable returned {answer['wrong']}; return a score, a truth value or a text",
            printed,
        )
    try:
        score = Fraction(answer["score"])
    except ValueError:
        return Verdict.error(f"the callable returned {answer['score']}, which is no score", printed)
    if not 0 <= score <= 1:
        return Verdict.error(f"the callable returned {score}; a score lies from 0 to 1", printed)
    reason = f"the callable gives {answer['score']}"
    return Verdict.share(score.numerator, score.denominator, reason, printed)
