"""Everything that a run says about plain models, drawn from its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from pytest_harness.ledger import RunReader
from pytest_harness.reports.evidence.ablations import ablations
from pytest_harness.reports.evidence.cell_records import CellEvidence
from pytest_harness.reports.evidence.cells import Labels, cell_evidence, is_plain
from pytest_harness.reports.evidence.followups import followups
from pytest_harness.reports.evidence.pairs import contrasts, pairs
from pytest_harness.reports.evidence.parity import parity
from pytest_harness.reports.evidence.readiness import LOCAL, local_models
from pytest_harness.reports.evidence.records import LocalReadiness, ParityFile, Summary
from pytest_harness.reports.evidence.rollups import rollups, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a run says about plain models."""

    cells: tuple[CellEvidence, ...]
    """Its finished cells of plain models, in the order of the matrix."""
    summary: Summary
    """The whole in numbers."""
    readiness: LocalReadiness
    """Whether local models can be given work."""
    parity: ParityFile
    """Which format each model can be trusted with."""


def gather(reader: RunReader) -> Evidence:
    """Read a run. Raises `LedgerError` and `SchemaError` as the reader does."""
    run = reader.run
    local = LOCAL.union(run.local_vendors)
    labels = Labels()
    cells: list[CellEvidence] = []
    others = 0
    for record in reader.cells():
        if is_plain(record):
            cells.append(cell_evidence(reader, record, labels.of(record), local))
        else:
            others += 1
    matched = pairs(cells)
    where = _where(reader.path, Path(run.root), run.name)
    verdicts = parity(cells, matched, where)
    return Evidence(
        cells=tuple(cells),
        summary=Summary(
            run=run.name,
            started_at=run.started_at,
            commit=run.commit,
            version=run.versions.get("pytest-harness"),
            path=where,
            other_cells=others,
            unfinished=sum(is_plain(record) for record in reader.unfinished()),
            local=tuple(sorted({cell.model for cell in cells if cell.vendor in local})),
            totals=tally(cells),
            rollups=rollups(cells),
            parity=verdicts,
            contrasts=contrasts(cells, matched),
            pairs=matched,
            ablations=ablations(cells),
            followups=followups(cells, matched),
        ),
        readiness=LocalReadiness(
            run=run.name,
            started_at=run.started_at,
            path=where,
            models=local_models(cells, local),
        ),
        parity=ParityFile(
            run=run.name, date=run.started_at.astimezone(UTC).date(), models=verdicts
        ),
    )


def _where(path: Path, root: Path, name: str) -> str:
    """Name a run below the project's root directory, or by its name if it lies elsewhere."""
    path = path.resolve()
    root = root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else name
