"""Which tool format a model can be trusted with: the verdict, and how sure it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from pytest_harness.reports.evidence.cell_records import CellEvidence, Pair
from pytest_harness.reports.evidence.records import FormatResult, ParityEntry
from pytest_harness.reports.evidence.rollups import change_interval, interval
from pytest_harness.reports.statistics import difference, mcnemar, paired_difference, share, wilson
from pytest_harness.vocabulary import Confidence, Divergence, ParityVerdict, ToolFormat

MIN_SAMPLES: Final = 5
"""Fewer than so many on a side say nothing."""
MIN_REPETITIONS: Final = 2
"""Different trials on a side that a verdict of high confidence needs."""
FLOOR: Final = Fraction(1, 5)
"""A model both of whose rates lie below this can be used in neither format."""
UNRELIABLE: Final = Fraction(3, 2)
"""If one rate is at least so many times the other, the other format is unreliable."""
CLOSE: Final = Fraction(1, 5)
"""A difference of at most this share of the higher rate makes formats interchangeable."""


def parity(
    cells: Sequence[CellEvidence], matched: Sequence[Pair], evidence: str
) -> dict[str, ParityEntry]:
    """Return the verdict on every model over all its targets, sorted by model.

    ``evidence`` says where the run is.
    """
    return {
        model: _entry(
            [cell for cell in cells if cell.model == model],
            [pair for pair in matched if pair.model == model],
            evidence,
        )
        for model in sorted({cell.model for cell in cells})
    }


def format_result(cells: Sequence[CellEvidence], form: ToolFormat) -> FormatResult:
    """Count the samples of one format."""
    own = [cell for cell in cells if cell.format is form and cell.passed is not None]
    passed = sum(cell.passed is True for cell in own)
    rate = share(passed, len(own))
    return FormatResult(
        samples=len(own),
        passed=passed,
        repetitions=len({cell.trial for cell in own}),
        rate=None if rate is None else float(rate),
        interval=interval(wilson(passed, len(own))),
    )


def verdict(native: FormatResult, text: FormatResult) -> ParityVerdict:
    """Judge two results; rates are compared exactly."""
    one, two = share(native.passed, native.samples), share(text.passed, text.samples)
    if one is None or two is None or min(native.samples, text.samples) < MIN_SAMPLES:
        return ParityVerdict.UNKNOWN
    higher, lower = max(one, two), min(one, two)
    if higher < FLOOR:
        return ParityVerdict.UNUSABLE
    if higher >= UNRELIABLE * lower:
        return ParityVerdict.TEXT_UNRELIABLE if one > two else ParityVerdict.NATIVE_UNRELIABLE
    if higher - lower <= CLOSE * higher:
        return ParityVerdict.INTERCHANGEABLE
    return ParityVerdict.UNKNOWN


def confidence(native: FormatResult, text: FormatResult) -> Confidence:
    """Say how much a verdict on two results rests on."""
    enough = all(
        side.samples >= MIN_SAMPLES and side.repetitions >= MIN_REPETITIONS
        for side in (native, text)
    )
    return Confidence.HIGH if enough else Confidence.LOW


def preferred(native: FormatResult, text: FormatResult) -> ToolFormat | None:
    """Return the format that a verdict speaks for; ``None`` where it speaks for neither.

    Of interchangeable formats it is the one with the higher rate, ``native`` of equals.
    """
    match verdict(native, text):
        case ParityVerdict.TEXT_UNRELIABLE:
            return ToolFormat.NATIVE
        case ParityVerdict.NATIVE_UNRELIABLE:
            return ToolFormat.TEXT
        case ParityVerdict.INTERCHANGEABLE:
            return better(native, text)
        case ParityVerdict.UNKNOWN | ParityVerdict.UNUSABLE:
            return None


def better(native: FormatResult, text: FormatResult) -> ToolFormat | None:
    """Return the format with the higher rate, ``native`` of equals; ``None`` without samples."""
    one, two = share(native.passed, native.samples), share(text.passed, text.samples)
    if one is None and two is None:
        return None
    behind = one is None or (two is not None and two > one)
    return ToolFormat.TEXT if behind else ToolFormat.NATIVE


def _entry(cells: Sequence[CellEvidence], matched: Sequence[Pair], evidence: str) -> ParityEntry:
    native = format_result(cells, ToolFormat.NATIVE)
    text = format_result(cells, ToolFormat.TEXT)
    counts = Counter(pair.divergence for pair in matched if pair.divergence is not None)
    native_only, text_only = counts[Divergence.NATIVE_ONLY], counts[Divergence.TEXT_ONLY]
    both, neither = counts[Divergence.BOTH_PASS], counts[Divergence.BOTH_FAIL]
    one, two = share(native.passed, native.samples), share(text.passed, text.samples)
    return ParityEntry(
        verdict=verdict(native, text),
        confidence=confidence(native, text),
        preferred=preferred(native, text),
        native=native,
        text=text,
        difference=None if one is None or two is None else float(one - two),
        interval=change_interval(
            difference(native.passed, native.samples, text.passed, text.samples)
        ),
        pairs=counts.total(),
        native_only=native_only,
        text_only=text_only,
        paired_interval=change_interval(paired_difference(both, native_only, text_only, neither)),
        p_value=mcnemar(native_only, text_only),
        evidence=evidence,
    )
