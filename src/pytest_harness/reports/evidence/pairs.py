"""The two formats beside each other, one matched pair at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pytest_harness.reports.evidence.cell_records import CellEvidence, Contrast, Pair, Side
from pytest_harness.reports.evidence.rollups import tally
from pytest_harness.vocabulary import Divergence, ToolFormat

_Place = tuple[str, str, str, str, int]

_DIVERGENCES = {
    (True, True): Divergence.BOTH_PASS,
    (True, False): Divergence.NATIVE_ONLY,
    (False, True): Divergence.TEXT_ONLY,
    (False, False): Divergence.BOTH_FAIL,
}


def pairs(cells: Sequence[CellEvidence]) -> tuple[Pair, ...]:
    """Return all pairs of the same target, model, variant and trial in both formats, sorted."""
    found: dict[_Place, dict[ToolFormat, CellEvidence]] = {}
    for cell in cells:
        found.setdefault(_place(cell), {})[cell.format] = cell
    return tuple(
        _pair(both[ToolFormat.NATIVE], both[ToolFormat.TEXT])
        for _, both in sorted(found.items(), key=lambda each: each[0])
        if len(both) == len(ToolFormat)
    )


def contrasts(cells: Sequence[CellEvidence], matched: Sequence[Pair]) -> tuple[Contrast, ...]:
    """Count pairs by target and model, for those that were asked in both formats."""
    groups: dict[tuple[str, str], list[CellEvidence]] = {}
    for cell in cells:
        groups.setdefault((cell.target, cell.model), []).append(cell)
    found: list[Contrast] = []
    for (target, model), group in sorted(groups.items()):
        sides = {form: [cell for cell in group if cell.format is form] for form in ToolFormat}
        if not all(sides.values()):
            continue
        own = [pair for pair in matched if (pair.target, pair.model) == (target, model)]
        counts = Counter(pair.divergence for pair in own if pair.divergence is not None)
        found.append(
            Contrast(
                target=target,
                model=model,
                pairs=len(own),
                divergences={each: counts[each] for each in Divergence},
                same_tools=sum(pair.same_tools for pair in own),
                native=tally(sides[ToolFormat.NATIVE]),
                text=tally(sides[ToolFormat.TEXT]),
            )
        )
    return tuple(found)


def divergence(native: bool | None, text: bool | None) -> Divergence | None:  # noqa: FBT001
    """Return how two results compare; ``None`` if one is no sample."""
    return None if native is None or text is None else _DIVERGENCES[native, text]


def _place(cell: CellEvidence) -> _Place:
    return (cell.target, cell.model, cell.variant or "", cell.parameters, cell.trial)


def _pair(native: CellEvidence, text: CellEvidence) -> Pair:
    return Pair(
        target=native.target,
        model=native.model,
        variant=native.variant,
        trial=native.trial,
        native=_side(native),
        text=_side(text),
        divergence=divergence(native.passed, text.passed),
        same_tools=native.tools == text.tools,
        same_checks=native.checks == text.checks,
    )


def _side(cell: CellEvidence) -> Side:
    return Side(
        cell=cell.cell,
        status=cell.not_counted or ("passed" if cell.passed else "failed"),
        score=cell.score,
        checks=cell.checks,
        tools=cell.tools,
        rejected_calls=cell.rejected_calls,
        recovered=cell.recovered,
        tokens=cell.tokens,
        turns=cell.turns,
        evidence=cell.evidence,
    )
