"""What a cell adds to pytest's JUnit XML: properties, and sections of the failure's text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.reports.plain import one_line, printable

if TYPE_CHECKING:
    import pytest

    from pytest_harness.records import CandidateRecord, CellRecord, FileChange

TABLE_LIMIT = 4_000
"""Characters of the check table within a failure."""
LISTED_CHANGES = 20
"""Changed paths named within a failure."""


def put_properties(item: pytest.Item, mapping: Mapping[str, object]) -> None:
    """Put ``mapping`` among the item's properties: the one way in.

    Every value becomes a plain `str`, since anything else that is no builtin would end an xdist
    worker. A key that is there is replaced where it stands; ``None`` is left out.
    """
    fresh = {name: _text(value) for name, value in mapping.items() if value is not None}
    kept: list[tuple[str, object]] = []
    seen: set[str] = set()
    for name, value in item.user_properties:
        if name not in fresh:
            kept.append((name, value))
        elif name not in seen:
            kept.append((name, fresh[name]))
            seen.add(name)
    added = [(name, value) for name, value in fresh.items() if name not in seen]
    item.user_properties[:] = [*kept, *added]


def point_properties(
    *,
    run: str,
    cell: str,
    target: str,
    backend: str,
    model: str | None,
    format: str | None,  # noqa: A002 - the word that options and records use
    variant: str | None,
    trial: int,
    budget: int,
    runtime: str,
) -> dict[str, str]:
    """Return the properties that are known before set-up, so that skipped tests have them too."""
    known: dict[str, object] = {
        "harness.run": run,
        "harness.cell": cell,
        "harness.target": target,
        "harness.backend": backend,
        "harness.model": model,
        "harness.format": format,
        "harness.variant": variant,
        "harness.trial": trial,
        "harness.budget": budget,
        "harness.runtime": runtime,
    }
    return {name: _text(value) for name, value in known.items() if value is not None}


def record_point_properties(record: CellRecord, run: str) -> dict[str, str]:
    """Return `point_properties` as a record tells them."""
    point = record.point
    return point_properties(
        run=run,
        cell=record.key,
        target=record.target,
        backend=point.backend,
        model=point.model,
        format=point.format,
        variant=point.variant,
        trial=point.trial,
        budget=record.budget,
        runtime=record.runtime,
    )


def result_properties(record: CellRecord, record_path: str) -> dict[str, str]:
    """Return the properties of a cell that has a record; what has no value is left out."""
    from pytest_harness.reports import facts
    from pytest_harness.reports.causes import cause_of

    total = record.spending.total
    candidate = facts.shown(record)
    known: dict[str, object] = {
        "harness.outcome": record.outcome,
        "harness.fault": record.fault,
        "harness.cause": cause_of(record),
        "harness.score.baseline": facts.baseline_score(record),
        "harness.score.best": facts.best_score(record),
        "harness.tokens.input": total.usage.total_input,
        "harness.tokens.output": total.usage.total_output,
        "harness.cost_usd": total.cost_usd,
        "harness.duration_s": record.duration if record.ended_at else None,
        "harness.changed_files": None if candidate is None else candidate.changed_files,
        "harness.rejected_calls": facts.rejected_calls(record),
        "harness.backend_version": record.backend_version,
        "harness.backend_model": facts.model(record),
        "harness.record": record_path,
    }
    return {name: _text(value) for name, value in known.items() if value is not None}


def failure_sections(record: CellRecord, run: Path | None) -> list[tuple[str, str]]:
    """Return titled texts that explain a failed test: the checks, and what was changed.

    They are short, since many readers of JUnit keep only a part, and hold no control characters.
    With ``run``, the run's directory, the place of the evidence is named as well.
    """
    from pytest_harness.reports import facts
    from pytest_harness.reports.plain import shortened
    from pytest_harness.reports.tables import check_table

    candidate = facts.shown(record)
    if candidate is None:
        return []
    title = f"{facts.cell_label(record)} {candidate.id}: {candidate.outcome.value}"
    # Where the last proposal was not evaluated, the score asserted on is another candidate's.
    graded = candidate if candidate.evaluation is not None else facts.result(record)
    sections = []
    if graded is not None and (table := check_table(graded)).rows:
        heading = f"checks of {facts.cell_label(record)} {graded.id}: {graded.outcome.value}"
        sections.append((heading, shortened(table.text(), TABLE_LIMIT)))
    text = changes_text(candidate)
    if run is not None:
        text = printable(f"{text}\nevidence: {run / candidate.artifacts}")
    sections.append((f"changes of {title}", text))
    return sections


def changes_text(candidate: CandidateRecord) -> str:
    """Return the reason for an outcome and the changed files, one to a line, the first few."""
    lines = [f"reason: {one_line(candidate.reason, 500)}"] if candidate.reason else []
    lines += _changes(candidate.changed_files, [_change(each) for each in candidate.changes])
    lines += [f"outside the write scope: {path}" for path in candidate.violations[:LISTED_CHANGES]]
    return printable("\n".join(lines))


def _changes(total: int, lines: list[str]) -> list[str]:
    if not total:
        return ["no file changed"]
    listed = lines[:LISTED_CHANGES]
    more = total - len(listed)
    return [*listed, f"and {more} more"] if more > 0 else listed


def _change(change: FileChange) -> str:
    name = change.path if change.old_path is None else f"{change.old_path} -> {change.path}"
    if change.added_lines is None or change.removed_lines is None:
        return f"{change.kind.value} {name}"
    return f"{change.kind.value} {name} +{change.added_lines} -{change.removed_lines}"


def _text(value: object) -> str:
    """Return a plain `str`: ``repr`` of a float is exact, an enum is its word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float.__repr__(value)
    # str() of a subclass would keep the subclass, and only the plain builtin travels
    return printable("".join(str(value)))
