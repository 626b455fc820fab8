"""Why cells have no plain result: one word for each, drawn from a record and counted."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_harness.records import CellRecord
from pytest_harness.reports.tables import Column, Kind, Table
from pytest_harness.vocabulary import (
    Cause,
    CellStatus,
    CheckStatus,
    Ended,
    Fault,
    Lack,
    Outcome,
)

COUNTED = frozenset({Cause.AGENT_TIMEOUT, Cause.LIMIT, Cause.CRASH})
"""Causes that are the agent's own doing, so that the cell counts."""

Causes = Mapping[tuple[Cause, str], int]
"""How many cells there are of each cause and backend."""

_OF_FAULT = {
    Fault.UNAVAILABLE: Cause.UNAVAILABLE,
    Fault.AUTH: Cause.REFUSED_KEY,
    Fault.TRANSPORT: Cause.TRANSPORT,
    Fault.RATE_LIMIT: Cause.RATE_LIMIT,
    Fault.UNSUPPORTED: Cause.UNSUPPORTED,
    Fault.BUDGET: Cause.BUDGET,
    Fault.INTERRUPTED: Cause.INTERRUPTED,
    Fault.INTERNAL: Cause.INTERNAL,
}
_OF_LACK = {
    Lack.PROGRAM: Cause.MISSING_PROGRAM,
    Lack.KEY: Cause.MISSING_KEY,
    Lack.MODEL: Cause.MISSING_MODEL,
}
_OF_CHECK = {CheckStatus.TIMEOUT: Cause.CHECK_TIMEOUT, CheckStatus.ERROR: Cause.CHECK_ERROR}
_OF_OUTCOME = {
    Outcome.TAMPERED: Cause.TAMPERED,
    Outcome.SCOPE_VIOLATION: Cause.SCOPE_VIOLATION,
    Outcome.TIMEOUT: Cause.AGENT_TIMEOUT,
    Outcome.CRASH: Cause.CRASH,
}


def cause_of(record: CellRecord) -> Cause | None:
    """Return why a cell has no plain result; ``None`` if it has one."""
    if record.status is not CellStatus.FINISHED:
        return Cause.UNFINISHED
    ended = _ended(record)
    if record.fault is Fault.UNAVAILABLE:
        if record.lacks is not None:
            return _OF_LACK[record.lacks]
        return Cause.MISSING_PROGRAM if ended is Ended.NOT_STARTED else Cause.UNAVAILABLE
    if record.fault is Fault.INTERNAL:
        return _of_checks(record)
    if record.fault is not None:
        return _OF_FAULT[record.fault]
    if record.outcome is Outcome.CRASH and ended is Ended.LIMIT:
        return Cause.LIMIT
    return None if record.outcome is None else _OF_OUTCOME.get(record.outcome)


def causes_table(causes: Causes) -> Table:
    """Return one row for each cause and backend, those that do not count first."""
    order = list(Cause)
    rows = sorted(causes.items(), key=lambda each: (order.index(each[0][0]), each[0][1]))
    return Table(
        (
            Column("cause", "no plain result"),
            Column("backend", "backend"),
            Column("cells", "cells", Kind.COUNT),
            Column("counts", "counts"),
        ),
        tuple((cause.value, backend, count, cause in COUNTED) for (cause, backend), count in rows),
    )


def _ended(record: CellRecord) -> Ended | None:
    """Return what ended the last proposal."""
    proposal = record.candidates[-1].proposal if record.candidates else None
    return None if proposal is None else proposal.ended


def _of_checks(record: CellRecord) -> Cause:
    """Tell a check without a score from an error of the benchmark."""
    if record.candidates:
        last = record.candidates[-1]
        for evaluation in (last.validation, last.evaluation):
            if evaluation is not None and evaluation.unscored:
                return _OF_CHECK.get(evaluation.unscored[0].status, Cause.INTERNAL)
    return Cause.INTERNAL
