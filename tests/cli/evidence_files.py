"""Files of evidence, made of records as a run makes them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import tomlkit

from pytest_harness.reports.evidence.cell_records import Contrast, Interval, Rollup, Rollups, Tally
from pytest_harness.reports.evidence.records import (
    FormatResult,
    LocalModel,
    LocalReadiness,
    ParityEntry,
    ParityFile,
    Readiness,
    Summary,
)
from pytest_harness.vocabulary import Confidence, ParityVerdict, ToolFormat

START = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)
DAY = date(2026, 3, 4)


def wilson(passed: int, samples: int) -> Interval | None:
    if not samples:
        return None
    z = 1.959963984540054
    rate = passed / samples
    middle = (rate + z * z / (2 * samples)) / (1 + z * z / samples)
    half = z * ((rate * (1 - rate) + z * z / (4 * samples)) / samples) ** 0.5
    half /= 1 + z * z / samples
    return Interval(low=max(0.0, middle - half), high=min(1.0, middle + half))


def result(passed: int, samples: int, repetitions: int = 2) -> FormatResult:
    return FormatResult(
        samples=samples,
        passed=passed,
        repetitions=repetitions if samples else 0,
        rate=passed / samples if samples else None,
        interval=wilson(passed, samples),
    )


def entry(
    native: tuple[int, int] = (11, 12),
    text: tuple[int, int] = (5, 12),
    verdict: ParityVerdict = ParityVerdict.TEXT_UNRELIABLE,
    confidence: Confidence = Confidence.HIGH,
    preferred: ToolFormat | None = ToolFormat.NATIVE,
) -> ParityEntry:
    return ParityEntry(
        verdict=verdict,
        confidence=confidence,
        preferred=preferred,
        native=result(*native),
        text=result(*text),
        evidence=".harness/runs/nightly",
    )


def rollup(
    name: str,
    passed: int,
    samples: int,
    *,
    cost: float | None = None,
    tokens: int | None = 1000,
    seconds: float = 10.0,
    unpriced: int = 0,
    faults: dict[str, int] | None = None,
) -> Rollup:
    """``cost``, ``tokens`` and ``seconds`` are those of one sample."""
    return Rollup(
        name=name,
        cells=samples + sum((faults or {}).values()),
        samples=samples,
        passed=passed,
        failed=samples - passed,
        rate=passed / samples if samples else None,
        interval=wilson(passed, samples),
        not_counted=faults or {},
        tokens_input=None if tokens is None else tokens * samples - 10,
        tokens_output=None if tokens is None else 10,
        cost_usd=None if cost is None else cost * samples,
        unpriced=unpriced,
        seconds=seconds * samples,
    )


def summary(
    *models: Rollup,
    local: tuple[str, ...] = (),
    parity: dict[str, ParityEntry] | None = None,
    contrasts: tuple[Contrast, ...] = (),
) -> Summary:
    return Summary(
        run="nightly",
        started_at=START,
        commit=None,
        version="0.1.0",
        path=".harness/runs/nightly",
        other_cells=0,
        unfinished=0,
        local=local,
        totals=Tally(),
        rollups=Rollups(model=models),
        parity=parity or {},
        contrasts=contrasts,
        pairs=(),
        ablations=(),
        followups=(),
    )


def readiness(*models: LocalModel) -> LocalReadiness:
    return LocalReadiness(
        run="nightly", started_at=START, path=".harness/runs/nightly", models=models
    )


def local_model(
    name: str, passed: int, samples: int, *, seconds: float = 20.0, caveats: tuple[str, ...] = ()
) -> LocalModel:
    return LocalModel(
        model=name,
        vendor=name.partition(":")[0],
        verdict=Readiness.READY,
        best=ToolFormat.TEXT if samples else None,
        native=result(0, samples),
        text=result(passed, samples),
        not_counted={},
        tokens_per_second=12.5,
        seconds_per_cell=seconds if samples else None,
        caveats=caveats,
    )


def put(path: Path, record: Summary | LocalReadiness) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(record.to_json(indent=2) + b"\n")
    return path


def put_parity(path: Path, **models: ParityEntry) -> Path:
    """Write verdicts; in names of models two underscores stand for a colon."""
    return put_verdicts(path, {name.replace("__", ":"): each for name, each in models.items()})


def put_verdicts(path: Path, models: dict[str, ParityEntry]) -> Path:
    found = ParityFile(schema=1, run="nightly", date=DAY, models=models)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = json.loads(found.model_dump_json(by_alias=True, exclude_none=True))
    path.write_text(tomlkit.dumps({**document, "date": DAY}), encoding="utf-8")
    return path
