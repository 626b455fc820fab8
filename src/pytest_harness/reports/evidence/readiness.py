"""Whether local models can be given work."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Final

from pytest_harness.model.vendors import MOCK, VENDORS
from pytest_harness.reports.evidence.cell_records import CellEvidence
from pytest_harness.reports.evidence.cells import total_of
from pytest_harness.reports.evidence.parity import MIN_SAMPLES, better, format_result
from pytest_harness.reports.evidence.records import FormatResult, LocalModel, Readiness
from pytest_harness.reports.evidence.rollups import tally
from pytest_harness.reports.matrix import counted
from pytest_harness.reports.statistics import share
from pytest_harness.vocabulary import ToolFormat

LOCAL: Final = frozenset(vendor.name for vendor in VENDORS.values() if vendor.local)
"""Vendors that are servers of one's own, of those that are known by name."""
READY_RATE: Final = Fraction(4, 5)
"""The rate from which a model is ready."""


def local_models(cells: Sequence[CellEvidence], vendors: Collection[str]) -> tuple[LocalModel, ...]:
    """Judge every model of these vendors, sorted; ``mock`` serves no model and is left out."""
    names = sorted({cell.model for cell in cells if cell.vendor in vendors and cell.vendor != MOCK})
    return tuple(_model([cell for cell in cells if cell.model == name]) for name in names)


def _model(cells: Sequence[CellEvidence]) -> LocalModel:
    native = format_result(cells, ToolFormat.NATIVE)
    text = format_result(cells, ToolFormat.TEXT)
    enough = [_enough(side) for side in (native, text)]
    # A format of few samples does not hide one of many.
    best = better(*enough) or better(native, text)
    chosen = text if best is ToolFormat.TEXT else native
    not_counted = tally(cells).not_counted
    samples = [cell for cell in cells if cell.passed is not None]
    verdict = _verdict(chosen)
    return LocalModel(
        model=cells[0].model,
        vendor=cells[0].vendor,
        verdict=verdict,
        best=best,
        native=native,
        text=text,
        not_counted=not_counted,
        tokens_per_second=_speed(samples),
        seconds_per_cell=(
            math.fsum(cell.seconds for cell in samples) / len(samples) if samples else None
        ),
        caveats=tuple(_caveats(verdict, native, text, best, not_counted)),
    )


def _enough(side: FormatResult) -> FormatResult:
    return side if side.samples >= MIN_SAMPLES else FormatResult()


def _verdict(chosen: FormatResult) -> Readiness:
    rate = share(chosen.passed, chosen.samples)
    if rate is None or chosen.samples < MIN_SAMPLES:
        return Readiness.UNKNOWN
    return Readiness.READY if rate >= READY_RATE else Readiness.NOT_READY


def _speed(samples: Sequence[CellEvidence]) -> float | None:
    timed = [cell for cell in samples if cell.tokens_output and cell.proposal_seconds > 0]
    tokens = total_of(cell.tokens_output for cell in timed)
    return tokens / math.fsum(cell.proposal_seconds for cell in timed) if tokens else None


def _caveats(
    verdict: Readiness,
    native: FormatResult,
    text: FormatResult,
    best: ToolFormat | None,
    not_counted: dict[str, int],
) -> list[str]:
    """Say what the verdict leaves open."""
    chosen, other = (text, native) if best is ToolFormat.TEXT else (native, text)
    found: list[str] = []
    if best is not None and chosen.samples < MIN_SAMPLES:
        found.append(
            f"{counted(chosen.samples, 'sample')} in the format {best.value}; "
            f"a verdict needs {MIN_SAMPLES}"
        )
    if best is None:
        found.append("no cell says anything about the model")
    if chosen.repetitions == 1:
        found.append("every target was tried once; a second trial may end otherwise")
    if (
        verdict is Readiness.READY
        and chosen.interval is not None
        and chosen.interval.low < READY_RATE
    ):
        found.append(
            f"{chosen.passed} of {chosen.samples} leaves room for a rate of "
            f"{chosen.interval.low:.0%}"
        )
    if best is not None and not other.samples:
        found.append(f"only the format {best.value} was tried")
    elif best is not None and other.rate is not None and other.rate < READY_RATE:
        word = "native" if best is ToolFormat.TEXT else "text"
        found.append(f"in the format {word} it passes {other.passed} of {other.samples}")
    if not_counted:
        words = ", ".join(f"{word} {count}" for word, count in not_counted.items())
        found.append(f"{counted(sum(not_counted.values()), 'cell')} did not count: {words}")
    return found
