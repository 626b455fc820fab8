"""Many cells as few numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from pytest_harness.reports.evidence.cell_records import (
    CellEvidence,
    ChangeInterval,
    Interval,
    Rollup,
    Rollups,
    Tally,
)
from pytest_harness.reports.evidence.cells import dollars_of, total_of
from pytest_harness.reports.statistics import Bounds, share, wilson
from pytest_harness.vocabulary import RejectedBy

NO_TOOLS = "(none)"
"""The tool sequence of a cell that called no tool."""


def tally(cells: Sequence[CellEvidence]) -> Tally:
    """Count cells."""
    passed = sum(cell.passed is True for cell in cells)
    failed = sum(cell.passed is False for cell in cells)
    rate = share(passed, passed + failed)
    words = Counter(cell.not_counted for cell in cells if cell.not_counted is not None)
    return Tally(
        cells=len(cells),
        samples=passed + failed,
        passed=passed,
        failed=failed,
        rate=None if rate is None else float(rate),
        interval=interval(wilson(passed, passed + failed)),
        not_counted=dict(sorted(words.items())),
        rejected_calls=sum(cell.rejected_calls for cell in cells),
        recovered=sum(cell.recovered for cell in cells),
        objections=sum(cell.refused(RejectedBy.VALIDATOR) for cell in cells),
        vetoes=sum(cell.refused(RejectedBy.JUDGE) for cell in cells),
        tokens_input=total_of(cell.tokens_input for cell in cells),
        tokens_output=total_of(cell.tokens_output for cell in cells),
        turns=total_of(cell.turns for cell in cells),
        cost_usd=dollars_of(cell.cost_usd for cell in cells),
        judge_cost_usd=dollars_of(cell.judge_cost_usd for cell in cells),
        check_cost_usd=dollars_of(cell.check_cost_usd for cell in cells),
        unpriced=sum(cell.unpriced for cell in cells),
        seconds=math.fsum(cell.seconds for cell in cells),
    )


def rollups(cells: Sequence[CellEvidence]) -> Rollups:
    """Count cells by what they have in common."""
    return Rollups(
        target=_by(cells, lambda cell: cell.target),
        vendor=_by(cells, lambda cell: cell.vendor),
        model=_by(cells, lambda cell: cell.model),
        format=_by(cells, lambda cell: cell.format.value),
        tool_sequence=_by(cells, lambda cell: sequence(cell.tools)),
    )


def sequence(tools: Sequence[str]) -> str:
    """Return a tool sequence as text: ``read_file > write_file``."""
    return " > ".join(tools) or NO_TOOLS


def interval(bounds: Bounds | None) -> Interval | None:
    """Return an interval of a rate as a record."""
    return None if bounds is None else Interval(low=bounds.low, high=bounds.high)


def change_interval(bounds: Bounds | None) -> ChangeInterval | None:
    """Return an interval of a difference as a record."""
    return None if bounds is None else ChangeInterval(low=bounds.low, high=bounds.high)


def _by(cells: Sequence[CellEvidence], name: Callable[[CellEvidence], str]) -> tuple[Rollup, ...]:
    groups: dict[str, list[CellEvidence]] = {}
    for cell in cells:
        groups.setdefault(name(cell), []).append(cell)
    return tuple(Rollup(name=key, **tally(groups[key]).model_dump()) for key in sorted(groups))
