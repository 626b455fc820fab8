"""Which candidate the next proposal starts from, and when to stop proposing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pytest_harness.records import CandidateRecord
from pytest_harness.vocabulary import Fault, Kind, Outcome

FINAL_FAULTS = frozenset(
    {Fault.UNAVAILABLE, Fault.AUTH, Fault.UNSUPPORTED, Fault.BUDGET, Fault.INTERRUPTED}
)
"""Faults that the next proposal would meet again."""

MAX_FAULTS_IN_A_ROW = 2
"""After so many faults of any kind one after another, a cell gives up."""


def exact_score(candidate: CandidateRecord) -> Fraction | None:
    """The exact score of a candidate; ``None`` if it has none."""
    return None if candidate.evaluation is None else candidate.evaluation.fraction


def best(candidates: Sequence[CandidateRecord]) -> CandidateRecord:
    """Return the last candidate that was kept, or the baseline, which comes first."""
    kept = [each for each in candidates if each.outcome is Outcome.KEEP]
    return kept[-1] if kept else candidates[0]


def better(candidate: CandidateRecord, than: CandidateRecord) -> bool:
    """Whether a candidate may be kept: eligible and strictly better."""
    new, old = exact_score(candidate), exact_score(than)
    if candidate.evaluation is None or new is None or old is None:
        return False
    return candidate.evaluation.eligible and new > old


def parent(candidates: Sequence[CandidateRecord]) -> CandidateRecord:
    """Climb the hill: every proposal starts from the best so far."""
    return best(candidates)


def finished(candidates: Sequence[CandidateRecord], budget: int, kind: Kind) -> bool:
    """Whether to stop: the budget is spent, nothing better can come, or faults repeat.

    A task is attempted even if its baseline has full marks: doing no harm can be the job.
    """
    if len(candidates) > budget or candidates[0].fault is not None:
        return True
    if kind is Kind.OPTIMIZE and exact_score(best(candidates)) == 1:
        return True
    last = candidates[-1]
    if last.fault in FINAL_FAULTS:
        return True
    recent = candidates[-MAX_FAULTS_IN_A_ROW:]
    return len(recent) == MAX_FAULTS_IN_A_ROW and all(each.fault is not None for each in recent)
