"""What a run gives reason to look at: candidate issues, each with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pytest_harness.reports.evidence.cell_records import CellEvidence, Pair
from pytest_harness.reports.evidence.records import Followup, FollowupKind
from pytest_harness.reports.matrix import counted
from pytest_harness.reports.plain import one_line
from pytest_harness.vocabulary import Divergence, RejectedBy

MOST_EVIDENCE = 5
"""How many cells a candidate names."""

_REFUSED = {
    RejectedBy.FORMAT: "calls that the format does not accept",
    RejectedBy.TOOL: "calls that were refused",
    RejectedBy.VALIDATOR: "turns that the validator did not accept",
    RejectedBy.JUDGE: "turns that the judge did not accept",
}


def followups(cells: Sequence[CellEvidence], matched: Sequence[Pair]) -> tuple[Followup, ...]:
    """Return all candidates: by kind, the most frequent first."""
    found = [
        *_failures(cells),
        *_rejections(cells),
        *_divergences(matched),
        *_prices(cells),
        *_faults(cells),
    ]
    order = list(FollowupKind)
    return tuple(sorted(found, key=lambda each: (order.index(each.kind), -each.count, each.title)))


def _failures(cells: Sequence[CellEvidence]) -> Iterable[Followup]:
    groups: dict[tuple[str, str], list[CellEvidence]] = {}
    for cell in cells:
        if cell.passed is not None:
            groups.setdefault((cell.model, cell.target), []).append(cell)
    for (model, target), group in groups.items():
        failed = [cell for cell in group if cell.passed is False]
        if not failed:
            continue
        formats = Counter(cell.format.value for cell in failed)
        checks = Counter(check.name for cell in failed for check in cell.checks if check.score != 1)
        outcomes = Counter(cell.outcome.value for cell in failed if cell.outcome is not None)
        parts = [f"By format: {_counts(formats)}.", f"By outcome: {_counts(outcomes)}."]
        if checks:
            parts.append(f"Checks without full marks: {_counts(checks)}.")
        yield Followup(
            kind=FollowupKind.FAILURE,
            title=f"{model} fails {target} in {len(failed)} of {counted(len(group), 'sample')}",
            detail=" ".join(parts),
            count=len(failed),
            evidence=_places(cell.evidence for cell in failed),
        )


def _rejections(cells: Sequence[CellEvidence]) -> Iterable[Followup]:
    groups: dict[tuple[RejectedBy, str], list[tuple[CellEvidence, int, int]]] = {}
    for cell in cells:
        for each in cell.refusals:
            group = groups.setdefault((each.by, each.rule), [])
            group.append((cell, each.count, each.recovered))
    for (by, rule), group in groups.items():
        count = sum(number for _, number, _ in group)
        recovered = sum(number for _, _, number in group)
        models = Counter[str]()
        for cell, number, _ in group:
            models[f"{cell.model} {cell.format.value}"] += number
        yield Followup(
            kind=FollowupKind.REJECTED,
            title=f"{_REFUSED[by]}: {one_line(rule, 80) or 'no rule named'} ({count})",
            detail=(
                f"In {counted(len(group), 'cell')}; {recovered} followed by success. "
                f"By model: {_counts(models)}."
            ),
            count=count,
            evidence=_places(cell.evidence for cell, _, _ in group),
        )


def _divergences(matched: Sequence[Pair]) -> Iterable[Followup]:
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in matched:
        if pair.divergence in (Divergence.NATIVE_ONLY, Divergence.TEXT_ONLY):
            groups.setdefault((pair.model, pair.target), []).append(pair)
    for (model, target), group in groups.items():
        counts = Counter(pair.divergence.value for pair in group if pair.divergence is not None)
        yield Followup(
            kind=FollowupKind.DIVERGENCE,
            title=f"{model} on {target} depends on the format in {counted(len(group), 'pair')}",
            detail=f"Pairs: {_counts(counts)}.",
            count=len(group),
            evidence=_places(side.evidence for pair in group for side in (pair.native, pair.text)),
        )


def _prices(cells: Sequence[CellEvidence]) -> Iterable[Followup]:
    groups: dict[str, list[CellEvidence]] = {}
    for cell in cells:
        if cell.unpriced:
            groups.setdefault(cell.model, []).append(cell)
    for model, group in groups.items():
        yield Followup(
            kind=FollowupKind.PRICE,
            title=f"nobody knows what {counted(len(group), 'cell')} of {model} cost",
            detail="There are tokens without a price; give one in harness.toml.",
            count=len(group),
            evidence=_places(cell.evidence for cell in group),
        )


def _faults(cells: Sequence[CellEvidence]) -> Iterable[Followup]:
    groups: dict[tuple[str, str], list[CellEvidence]] = {}
    for cell in cells:
        if cell.not_counted is not None:
            groups.setdefault((cell.model, cell.not_counted), []).append(cell)
    for (model, word), group in groups.items():
        reasons = Counter(one_line(cell.reason) for cell in group if cell.reason)
        yield Followup(
            kind=FollowupKind.FAULT,
            title=f"{counted(len(group), 'cell')} of {model} did not count: {word}",
            detail=min(reasons, key=lambda each: (-reasons[each], each), default=""),
            count=len(group),
            evidence=_places(cell.evidence for cell in group),
        )


def _counts(counts: Counter[str]) -> str:
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{one_line(name, 80)} {count}" for name, count in ranked[:8])


def _places(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))[:MOST_EVIDENCE]
