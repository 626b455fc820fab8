"""A run beside an earlier one, cell by cell, whatever the backend."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pytest_harness.records import CellRecord
from pytest_harness.records.base import SCHEMA, Count, Record, Score
from pytest_harness.reports import facts
from pytest_harness.reports.evidence.cell_records import ChangeInterval
from pytest_harness.reports.evidence.rollups import change_interval
from pytest_harness.reports.matrix import counted
from pytest_harness.reports.statistics import mcnemar, paired_difference
from pytest_harness.reports.tables import Column, Kind, Table


class Change(enum.StrEnum):
    """What became of a cell since the earlier run; a cell passes with full marks."""

    REGRESSION = "regression"
    """It passed and fails."""
    RECOVERY = "recovery"
    """It failed and passes."""
    STILL_FAILING = "still failing"
    STILL_PASSING = "still passing"
    FAULT_NOW = "fault now"
    """Now it says nothing about the agent."""
    FAULT_BEFORE = "fault before"
    """Earlier it said nothing about the agent."""
    FAULT_BOTH = "fault in both"
    MISSING_NOW = "missing now"
    """Only the earlier run has it."""
    MISSING_BEFORE = "missing before"
    """Only this run has it."""


_CHANGES = {
    (True, True): Change.STILL_PASSING,
    (True, False): Change.RECOVERY,
    (False, True): Change.REGRESSION,
    (False, False): Change.STILL_FAILING,
}
"""By whether it passes now, and passed before."""


class ChangedCell(Record):
    """One cell in both runs."""

    key: str
    """Its identity within the project."""
    cell: str
    """Target and cell as a test shows them."""
    change: Change
    """What became of it."""
    before: Score | None
    """Its score in the earlier run; ``None`` if it has none that counts."""
    now: Score | None
    """Its score in this run; ``None`` if it has none that counts."""
    fault_before: str | None
    """Why it did not count in the earlier run."""
    fault_now: str | None
    """Why it does not count in this run."""
    inputs_changed: bool | None
    """Whether its fingerprint is another; ``None`` if one run lacks it."""


class Comparison(Record):
    """A run and an earlier one."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    cells: tuple[ChangedCell, ...]
    """Every cell of either run, regressions first, then by key."""
    counts: dict[Change, Count]
    """How many there are of each change."""
    common: Count
    """Cells that count in both runs."""
    inputs_changed: Count
    """Cells of both runs whose fingerprints differ: more than the agent may have changed."""
    lift_points: float | None
    """Percentage points by which the share of passing cells rose, over the common cells."""
    lift_interval: ChangeInterval | None
    """Interval of that as a difference of rates, not of points."""
    score_change: float | None
    """Mean change of the score, over the common cells."""
    p_value: Score | None
    """Of McNemar's exact test; ``None`` if no cell changed."""

    @property
    def regressions(self) -> tuple[ChangedCell, ...]:
        """The cells that passed and fail."""
        return self.only(Change.REGRESSION)

    @property
    def recoveries(self) -> tuple[ChangedCell, ...]:
        """The cells that failed and pass."""
        return self.only(Change.RECOVERY)

    def only(self, change: Change) -> tuple[ChangedCell, ...]:
        """Return the cells of one change."""
        return tuple(cell for cell in self.cells if cell.change is change)

    def sentence(self) -> str:
        """Return the whole in one sentence."""
        found = [
            (Change.REGRESSION, "regression"),
            (Change.RECOVERY, "recovery"),
        ]
        plural = {"regression": "regressions", "recovery": "recoveries"}
        parts = [
            f"{self.counts[change]} {word if self.counts[change] == 1 else plural[word]}"
            for change, word in found
        ]
        parts += [
            f"{self.counts[change]} {change.value}"
            for change in Change
            if change not in (Change.REGRESSION, Change.RECOVERY) and self.counts[change]
        ]
        parts.append(self._lift())
        if self.inputs_changed:
            parts.append(f"inputs of {counted(self.inputs_changed, 'cell')} changed")
        return "; ".join(parts)

    def table(self) -> Table:
        """Return one row for each cell that is not as it was."""
        same = (Change.STILL_PASSING, Change.STILL_FAILING, Change.FAULT_BOTH)
        return Table(
            _COLUMNS,
            tuple(
                (
                    cell.change.value,
                    cell.cell,
                    cell.fault_before or cell.before,
                    cell.fault_now or cell.now,
                    _inputs(cell),
                    cell.key,
                )
                for cell in self.cells
                if cell.change not in same
            ),
        )

    def _lift(self) -> str:
        if self.lift_points is None:
            return "no cell counts in both"
        p = "" if self.p_value is None else f", p={self.p_value:.3g}"
        return f"{self.lift_points:+.1f} points over {counted(self.common, 'cell')} of both{p}"


_COLUMNS = (
    Column("change", "change"),
    Column("cell", "cell"),
    Column("before", "before", Kind.SCORE),
    Column("now", "now", Kind.SCORE),
    Column("inputs", "inputs"),
    Column("key", "key"),
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """As much of a cell as the comparison needs."""

    cell: str
    word: str | None
    score: float
    fingerprint: str

    @property
    def passed(self) -> bool:
        return self.score == 1

    @property
    def shown(self) -> float | None:
        return None if self.word is not None else self.score


def compare(now: Iterable[CellRecord], before: Iterable[CellRecord]) -> Comparison:
    """Compare the cells of two runs by their keys; cells that were only begun count as faults."""
    new, old = _read(now), _read(before)
    cells = [_cell(key, new.get(key), old.get(key)) for key in sorted({*new, *old})]
    order = list(Change)
    cells.sort(key=lambda cell: (order.index(cell.change), cell.key))
    counts = Counter(cell.change for cell in cells)
    gained, lost = counts[Change.RECOVERY], counts[Change.REGRESSION]
    both, neither = counts[Change.STILL_PASSING], counts[Change.STILL_FAILING]
    common = gained + lost + both + neither
    moves = [
        cell.now - cell.before for cell in cells if cell.now is not None and cell.before is not None
    ]
    return Comparison(
        cells=tuple(cells),
        counts={change: counts[change] for change in Change},
        common=common,
        inputs_changed=sum(cell.inputs_changed is True for cell in cells),
        lift_points=float(Fraction(100 * (gained - lost), common)) if common else None,
        lift_interval=change_interval(paired_difference(both, gained, lost, neither)),
        score_change=math.fsum(moves) / len(moves) if moves else None,
        p_value=mcnemar(gained, lost),
    )


def _read(records: Iterable[CellRecord]) -> dict[str, _Seen]:
    return {
        record.key: _Seen(
            facts.cell_label(record),
            facts.fault_word(record),
            facts.mean_score(record),
            record.fingerprint,
        )
        for record in records
    }


def _cell(key: str, now: _Seen | None, before: _Seen | None) -> ChangedCell:
    known = now or before
    return ChangedCell(
        key=key,
        cell="" if known is None else known.cell,
        change=_change(now, before),
        before=None if before is None else before.shown,
        now=None if now is None else now.shown,
        fault_before=None if before is None else before.word,
        fault_now=None if now is None else now.word,
        inputs_changed=(
            None if now is None or before is None else now.fingerprint != before.fingerprint
        ),
    )


def _change(now: _Seen | None, before: _Seen | None) -> Change:
    if now is None:
        return Change.MISSING_NOW
    if before is None:
        return Change.MISSING_BEFORE
    if now.word is not None:
        return Change.FAULT_NOW if before.word is None else Change.FAULT_BOTH
    if before.word is not None:
        return Change.FAULT_BEFORE
    return _CHANGES[now.passed, before.passed]


def _inputs(cell: ChangedCell) -> str | None:
    if cell.inputs_changed is None:
        return None
    return "changed" if cell.inputs_changed else "same"
