"""What a cell's candidates come to."""

from __future__ import annotations

from pytest_harness import search
from pytest_harness.records import CandidateRecord, CellRecord, Spending, Spent
from pytest_harness.vocabulary import Kind, Outcome, Phase


def summarize(
    record: CellRecord, candidates: tuple[CandidateRecord, ...], tampered: str | None
) -> CellRecord:
    """Return the record with its candidates and what they come to.

    The best candidate speaks for the cell, or the last one if none was kept; ``tampered`` says
    what was found changed that no candidate may change, which outweighs both.
    """
    update: dict[str, object] = {
        "candidates": candidates,
        "spending": _spending(candidates),
        "durations": _durations(candidates),
    }
    if candidates:
        speaker = spokesman(candidates)
        update["best"] = search.best(candidates).id
        update["outcome"] = speaker.outcome
        update["fault"], update["reason"] = speaker.fault, speaker.reason
        if record.kind is Kind.TASK and len(candidates) > 1:
            update["attempt"] = candidates[1].id
    if tampered is not None:
        update["outcome"], update["reason"] = Outcome.TAMPERED, tampered
    return record.model_copy(update=update)


def spokesman(candidates: tuple[CandidateRecord, ...]) -> CandidateRecord:
    """Return the best candidate if one was kept, otherwise the last; there is at least one."""
    winner = search.best(candidates)
    return winner if winner.outcome is Outcome.KEEP else candidates[-1]


def _durations(candidates: tuple[CandidateRecord, ...]) -> dict[Phase, float]:
    total: dict[Phase, float] = {}
    for candidate in candidates:
        for phase, seconds in candidate.durations.items():
            total[phase] = total.get(phase, 0.0) + seconds
    return total


def _spending(candidates: tuple[CandidateRecord, ...]) -> Spending:
    total = Spending()
    for each in candidates:
        checks = [each.validation, each.evaluation]
        total += Spending(
            proposal=each.proposal.paid if each.proposal else Spent(),
            judge=each.proposal.paid_to_judges if each.proposal else Spent(),
            evaluation=sum((check.spent for check in checks if check is not None), Spent()),
        )
    return total
