"""Which cell a dead worker had in its hands, as far as the ledger knows."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord


def find_record(run: Path, nodeid: str, worker: str | None) -> CellRecord | None:
    """Return the cell of a test whose worker died; ``None`` if that cannot be known.

    The cell that ``worker`` left unfinished is meant, since a worker runs one test at a time; else
    the cell that the ledger names for the test.
    """
    if not (run / "run.json").is_file():
        return None
    reader = RunReader(run)
    left = [
        record
        for record in reader.unfinished()
        if record.worker == worker and record.session == reader.run.session
    ]
    if left:
        return max(left, key=lambda record: record.started_at)
    key = next((line.cell for line in reader.tests() if line.nodeid == nodeid), None)
    return None if key is None else reader.cell(key)
