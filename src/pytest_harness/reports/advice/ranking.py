"""Ranking models by evidence.

The lower end of the interval decides, so that three passes of three do not beat 58 of 60; of equals
the cheaper, then the one with fewer tokens, then the faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from pathlib import Path

from pytest_harness.model.vendors import MOCK
from pytest_harness.reports.advice.records import RankedModel, Ranking
from pytest_harness.reports.evidence.cell_records import Rollup, Tally
from pytest_harness.reports.evidence.cells import dollars_of, total_of
from pytest_harness.reports.evidence.records import (
    FormatResult,
    LocalModel,
    LocalReadiness,
    ParityEntry,
    Summary,
)
from pytest_harness.reports.matrix import counted
from pytest_harness.vocabulary import Confidence, ParityVerdict, ToolFormat

WIDE = 0.3
"""Width of an interval above which its model is said to have few samples."""


def nothing(reason: str, source: Path | None = None) -> Ranking:
    """Return a ranking without models."""
    return Ranking(
        source=None if source is None else str(source),
        run=None,
        date=None,
        models=(),
        reason=reason,
    )


def rank(evidence: Summary | LocalReadiness, source: Path) -> Ranking:
    """Rank the models of a run; those without samples stand last, without a rank."""
    if isinstance(evidence, Summary):
        found = [_of_rollup(each, evidence) for each in evidence.rollups.model]
    else:
        found = [_of_local(each) for each in evidence.models]
    real = [each for each in found if not each.model.startswith(f"{MOCK}:")]
    hosted = _ordered(each for each in real if not each.local)
    local = _ordered(each for each in real if each.local)
    return Ranking(
        source=str(source),
        run=evidence.run,
        date=evidence.started_at.astimezone(UTC).date(),
        models=(*hosted, *local),
        reason=None if real else _why_none(evidence, scripted=len(found)),
    )


def _why_none(evidence: Summary | LocalReadiness, *, scripted: int) -> str:
    if scripted:
        return (
            f"the run {evidence.run} has only scripted answers ({MOCK}), which say nothing about "
            "a model; measure one with --harness-backend=model@VENDOR:MODEL"
        )
    kind = "plain" if isinstance(evidence, Summary) else "local"
    return (
        f"the run {evidence.run} has no {kind} models; "
        "measure some with --harness-backend=model@VENDOR:MODEL"
    )


def _of_rollup(rollup: Rollup, summary: Summary) -> RankedModel:
    """Return what a summary says of a model."""
    model, local = rollup.name, rollup.name in summary.local
    entry = summary.parity.get(model)
    chosen = None if entry is None else _format(entry)
    tally: Tally = rollup
    result: FormatResult | Tally = rollup
    if entry is not None and chosen is not None:
        result = entry.native if chosen is ToolFormat.NATIVE else entry.text
        tally = _of_format(model, chosen, result, summary) or rollup
    cost = None if rollup.unpriced else tally.cost_usd
    return RankedModel(
        rank=None,
        model=model,
        local=local,
        format=chosen,
        samples=result.samples,
        passed=result.passed,
        rate=result.rate,
        interval=result.interval,
        cost_usd=_each(cost, tally.samples),
        tokens=_each(_tokens(tally), tally.samples),
        seconds=_each(tally.seconds, tally.samples),
        not_counted=rollup.not_counted,
        caveats=(
            *_of_samples(result),
            *_of_faults(rollup.not_counted),
            *_of_price(rollup, local=local),
            *_of_verdict(entry),
        ),
    )


def _of_local(found: LocalModel) -> RankedModel:
    """Return what is known of a local model's readiness."""
    result = found.text if found.best is ToolFormat.TEXT else found.native
    return RankedModel(
        rank=None,
        model=found.model,
        local=True,
        format=found.best,
        samples=result.samples,
        passed=result.passed,
        rate=result.rate,
        interval=result.interval,
        cost_usd=None,
        tokens=None,
        seconds=found.seconds_per_cell,
        not_counted=found.not_counted,
        caveats=tuple(
            dict.fromkeys((*_of_samples(result), *_of_faults(found.not_counted), *found.caveats))
        ),
    )


def _format(entry: ParityEntry) -> ToolFormat | None:
    """Return the format that a rank is about; ``None`` for both together."""
    if entry.preferred is not None:
        return entry.preferred
    if not entry.native.samples and entry.text.samples:
        return ToolFormat.TEXT
    if entry.native.samples and not entry.text.samples:
        return ToolFormat.NATIVE
    return None


def _of_format(
    model: str, chosen: ToolFormat, result: FormatResult, summary: Summary
) -> Tally | None:
    """Add up what a model spent in one format; ``None`` if that is not told of all its samples."""
    sides = [
        each.native if chosen is ToolFormat.NATIVE else each.text
        for each in summary.contrasts
        if each.model == model
    ]
    if not sides or sum(each.samples for each in sides) != result.samples:
        return None
    return Tally(
        samples=result.samples,
        tokens_input=total_of(each.tokens_input for each in sides),
        tokens_output=total_of(each.tokens_output for each in sides),
        cost_usd=dollars_of(each.cost_usd for each in sides),
        seconds=math.fsum(each.seconds for each in sides),
    )


def _ordered(models: Iterable[RankedModel]) -> list[RankedModel]:
    """Return models with their ranks, the best first."""
    ordered = sorted(models, key=_worth)
    ranked: list[RankedModel] = []
    for each in ordered:
        place = len(ranked) + 1 if each.interval is not None else None
        ranked.append(each.model_copy(update={"rank": place}))
    return [*map(_with_rivals, ranked[:1], [ranked[1:]]), *ranked[1:]]


def _with_rivals(first: RankedModel, others: Sequence[RankedModel]) -> RankedModel:
    """Return the first of a ranking, which says from which others it is not told apart."""
    rivals = [
        each.model
        for each in others
        if first.interval and each.interval and each.interval.high > first.interval.low
    ]
    if not rivals:
        return first
    caveat = f"these samples do not tell it apart from {', '.join(rivals)}"
    return first.model_copy(update={"caveats": (*first.caveats, caveat)})


def _worth(each: RankedModel) -> tuple[float, float, float, float, str]:
    return (
        0.0 if each.interval is None else -round(each.interval.low, 9) - 1,
        math.inf if each.cost_usd is None else each.cost_usd,
        math.inf if each.tokens is None else each.tokens,
        math.inf if each.seconds is None else each.seconds,
        each.model,
    )


def _of_samples(result: FormatResult | Tally) -> list[str]:
    if result.interval is None:
        return ["there is no sample, so it has no rank"]
    low, high = result.interval.low, result.interval.high
    if high - low <= WIDE:
        return []
    return [
        f"{counted(result.samples, 'sample')}: the true rate may be {low:.0%} as well as {high:.0%}"
    ]


def _of_faults(not_counted: Mapping[str, int]) -> list[str]:
    if not not_counted:
        return []
    total = sum(not_counted.values())
    words = ", ".join(f"{number} {word}" for word, number in sorted(not_counted.items()))
    return [f"{counted(total, 'cell')} left out: {words}"]


def _of_price(rollup: Rollup, *, local: bool) -> list[str]:
    if local or not rollup.unpriced:
        return []
    return [
        f"the price of {counted(rollup.unpriced, 'cell')} is unknown; "
        f'name it in harness.toml under [models."{rollup.name}".price]'
    ]


def _of_verdict(entry: ParityEntry | None) -> list[str]:
    if entry is None:
        return ["the formats were not compared"]
    if not entry.native.samples or not entry.text.samples:
        return ["it was measured in one format only"]
    if entry.verdict is ParityVerdict.UNUSABLE:
        return ["it is unusable: too few targets are solved in either format"]
    if entry.verdict is ParityVerdict.UNKNOWN:
        return ["no format is preferred: the verdict is unknown, and both count together"]
    if entry.confidence is Confidence.LOW:
        return [f"the preferred format rests on a verdict of low confidence ({entry.verdict})"]
    return []


def _each(total: float | None, samples: int) -> float | None:
    return None if total is None or not samples else total / samples


def _tokens(tally: Tally) -> int | None:
    return total_of((tally.tokens_input, tally.tokens_output))
