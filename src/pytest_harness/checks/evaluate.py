"""Running a candidate's checks and weighing them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.bytecode import forget_bytecode
from pytest_harness.checks.processes import TAIL
from pytest_harness.errors import HarnessError
from pytest_harness.records import CheckResult, Evaluation, Spent
from pytest_harness.workspace.copying import make_empty

Overlaid = Callable[[Path], AbstractContextManager[None]]
"""Lays a directory over the workspace for as long as the context lasts."""

SCRATCH = "check"
"""Name of the one directory that the checks find empty, one after another."""


def evaluate(
    checks: Sequence[Check],
    context: CheckContext,
    overlays: Mapping[str, Path],
    overlaid: Overlaid,
) -> Evaluation:
    """Run ``checks`` in order and weigh their scores exactly.

    ``overlays`` holds the directory of every overlay that a check names. A check that cannot be
    run, or that runs out of time, leaves the evaluation without a score. Compiled Python files are
    removed from the workspace first. Raises `WorkspaceError` if that cannot be done.
    """
    forget_bytecode(context.workspace)
    results: list[CheckResult] = []
    full: set[str] = set()
    scores: list[Fraction | None] = []
    spent = Spent()
    own = replace(context, scratch=context.scratch / SCRATCH)
    for check in checks:
        started = time.monotonic()
        verdict = _blocked(check, full)
        if verdict is None:
            layer = nullcontext() if check.overlay is None else overlaid(overlays[check.overlay])
            verdict = _grade(check, own, layer)
        if verdict.score == 1:
            full.add(check.name)
        scores.append(verdict.score)
        spent += verdict.spent or Spent()
        results.append(_result(check, verdict, time.monotonic() - started))
    exact = weighted_mean([check.weight for check in checks], scores)
    return Evaluation(
        score=None if exact is None else as_float(exact),
        exact=None if exact is None else str(exact),
        eligible=all(check.name in full for check in checks if check.required),
        checks=tuple(results),
        spent=spent,
    )


def weighted_mean(weights: Sequence[float], scores: Sequence[Fraction | None]) -> Fraction | None:
    """Return the exact mean, or ``None`` if there is no score to one of the weights.

    A weight counts as it is printed: ``0.1`` is one tenth.
    """
    known = [score for score in scores if score is not None]
    if len(known) < len(scores) or not known:
        return None
    exact = [Fraction(str(weight)) for weight in weights]
    marks = sum((each * score for each, score in zip(exact, known, strict=True)), Fraction())
    return marks / sum(exact, Fraction())


def as_float(score: Fraction) -> float:
    """Return the nearest float that is 1.0 for full marks only, and 0.0 for none only."""
    value = float(score)
    if value == 1.0 and score < 1:
        return math.nextafter(1.0, 0.0)
    return math.nextafter(0.0, 1.0) if value == 0.0 and score else value


def _blocked(check: Check, full: set[str]) -> Verdict | None:
    missing = [need for need in check.needs if need not in full]
    if not missing:
        return None
    return Verdict.share(0, 1, f"not run: it needs full marks in {', '.join(missing)}")


def _grade(check: Check, context: CheckContext, layer: AbstractContextManager[None]) -> Verdict:
    """Ask one check with an empty directory of its own."""
    try:
        make_empty(context.scratch)
        try:
            with layer:
                if check.overlay is not None:
                    forget_bytecode(context.workspace)
                verdict = check.grade(context)
        finally:
            make_empty(context.scratch)
    except (HarnessError, OSError) as error:
        return Verdict.error(str(error))
    except Exception as error:  # noqa: BLE001 - a check may be a user's own
        return Verdict.error(f"it raised {type(error).__name__}: {error}")
    if verdict.score is not None and not 0 <= verdict.score <= 1:
        return Verdict.error(f"its score is {verdict.score}; a score lies between 0 and 1")
    return verdict


def _result(check: Check, verdict: Verdict, duration: float) -> CheckResult:
    return CheckResult(
        name=check.name,
        type=type(check).__name__,
        weight=check.weight,
        required=check.required,
        status=verdict.status,
        score=None if verdict.score is None else as_float(verdict.score),
        reason=_storable(verdict.reason)[:TAIL],
        tail=_storable(verdict.tail)[-TAIL:],
        duration=duration,
    )


def _storable(text: str) -> str:
    """Replace what UTF-8 cannot hold: halves of surrogate pairs, from names that are no text."""
    return text.encode("utf-8", "backslashreplace").decode()
