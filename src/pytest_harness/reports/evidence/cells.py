"""One cell of a plain model as evidence."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from pytest_harness.errors import LedgerError
from pytest_harness.ledger import CandidateFile, RunReader
from pytest_harness.records import CellRecord, ProposalRecord, Spent
from pytest_harness.reports import facts
from pytest_harness.reports.evidence.cell_records import CellEvidence, CheckLine, Refusal
from pytest_harness.vocabulary import RejectedBy


def is_plain(record: CellRecord) -> bool:
    """Whether the cell is of a plain model, which alone has a tool format."""
    return record.point.format is not None


def vendor_of(model: str) -> str:
    """Return who serves a model that is named ``vendor:model``; the whole name without colon."""
    return model.partition(":")[0]


@dataclass(slots=True)
class Labels:
    """Labels of targets that tell targets of one name apart."""

    owners: dict[str, str] = field(default_factory=dict)
    """The target that each name was first used for."""

    def of(self, record: CellRecord) -> str:
        """Return the target's name, with its directory if another target has the name."""
        owner = self.owners.setdefault(record.target, record.target_id)
        if owner == record.target_id:
            return record.target
        return f"{record.target} ({record.target_id})"


def cell_evidence(
    reader: RunReader, record: CellRecord, target: str, local: Collection[str]
) -> CellEvidence:
    """Return what a finished cell of a plain model says.

    ``target`` is its label, ``local`` the vendors whose models cost nothing.
    """
    if record.point.format is None:
        raise ValueError(f"{record.key} is no cell of a plain model")
    model = facts.model(record) or record.point.backend
    vendor = vendor_of(model)
    counts = facts.is_counted(record)
    made = [each.proposal for each in record.candidates if each.proposal is not None]
    spending = record.spending
    usage = spending.proposal.usage
    priced = (() if vendor in local else (spending.proposal,)) + (
        spending.judge,
        spending.evaluation,
    )
    return CellEvidence(
        key=record.key,
        cell=facts.cell_label(record),
        target=target,
        vendor=vendor,
        model=model,
        format=record.point.format,
        variant=record.point.variant,
        trial=record.point.trial,
        parameters=record.key.partition(f"[{record.id}]")[2],
        passed=facts.mean_score(record) == 1 if counts else None,
        not_counted=facts.fault_word(record),
        outcome=record.outcome,
        fault=record.fault,
        reason=record.reason,
        score=facts.best_score(record),
        checks=_checks(record),
        tools=tuple(call.name for proposal in made for call in proposal.tool_calls),
        refusals=_refusals(made),
        rejected_calls=sum(proposal.rejected_calls for proposal in made),
        recovered=sum(
            each.recovered and each.by.of_call for proposal in made for each in proposal.rejections
        ),
        tokens_input=usage.total_input,
        tokens_output=usage.total_output,
        turns=total_of(proposal.turns for proposal in made),
        cost_usd=spending.proposal.cost_usd,
        judge_cost_usd=spending.judge.cost_usd,
        check_cost_usd=spending.evaluation.cost_usd,
        unpriced=any(_is_unpriced(spent) for spent in priced),
        price_date=next((each.price_date for each in made if each.price_date), None),
        seconds=record.duration,
        proposal_seconds=sum(proposal.duration for proposal in made),
        evidence=facts.cell_folder(record),
        transcript=_transcript(reader, record),
    )


def total_of(numbers: Iterable[int | None]) -> int | None:
    """Add what is known; ``None`` if nothing is."""
    known = [each for each in numbers if each is not None]
    return sum(known) if known else None


def dollars_of(numbers: Iterable[float | None]) -> float | None:
    """Add the dollars that are known; ``None`` if none are."""
    known = [each for each in numbers if each is not None]
    return math.fsum(known) if known else None


def _checks(record: CellRecord) -> tuple[CheckLine, ...]:
    chosen = facts.result(record)
    if chosen is None or chosen.evaluation is None:
        return ()
    return tuple(
        CheckLine(name=check.name, status=check.status.value, score=check.score)
        for check in chosen.evaluation.checks
    )


def _refusals(made: list[ProposalRecord]) -> tuple[Refusal, ...]:
    found: dict[tuple[RejectedBy, str], tuple[int, int]] = {}
    for proposal in made:
        for each in proposal.rejections:
            count, recovered = found.get((each.by, each.rule), (0, 0))
            found[each.by, each.rule] = (count + 1, recovered + each.recovered)
    order = list(RejectedBy)
    ranked = sorted(found.items(), key=lambda each: (order.index(each[0][0]), each[0][1]))
    return tuple(
        Refusal(by=by, rule=rule, count=count, recovered=recovered)
        for (by, rule), (count, recovered) in ranked
    )


def _is_unpriced(spent: Spent) -> bool:
    tokens = (spent.usage.total_input or 0) + (spent.usage.total_output or 0)
    return tokens > 0 and spent.cost_usd is None


def _transcript(reader: RunReader, record: CellRecord) -> str | None:
    """Return the transcript of the shown candidate, else its events, if it has any."""
    candidate = facts.shown(record)
    if candidate is None or candidate.proposal is None:
        return None
    try:
        directory = reader.artifact(candidate)
    except LedgerError:
        return None  # a damaged path is no reason to tell nothing of the cell
    files = (directory / name for name in (CandidateFile.TRANSCRIPT, CandidateFile.EVENTS))
    return next(
        (file.relative_to(reader.path).as_posix() for file in files if file.is_file()), None
    )
