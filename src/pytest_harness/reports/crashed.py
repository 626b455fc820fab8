"""Which cell a dead worker had in its hands, as far as the ledger knows."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord


def find_record(run: Path, nodeid: str, worker: str | None) -> CellRecord | None:
    """Return the cell of a test whose worker died; ``None`` if that cannot be known.

    The run's list of tests names it, or the ledger; else it is the cell that ``worker`` left
    unfinished, since a worker runs one test at a time.
    """
    if not (run / "run.json").is_file():
        return None
    reader = RunReader(run)
    key = reader.run.tests.get(nodeid)
    if key is None:
        key = next((line.cell for line in reader.tests() if line.nodeid == nodeid), None)
    if key is not None:
        return reader.cell(key)
    left = [
        record
        for record in reader.unfinished()
        if record.worker == worker and record.session == reader.run.session
    ]
    return max(left, key=lambda record: record.started_at, default=None)
