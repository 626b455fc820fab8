"""``ledger``: the tests of a run, and the cells that they used."""

from __future__ import annotations

import click

from pytest_harness.cli.options import Output, output_options, run_argument
from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord, TestLine
from pytest_harness.reports import facts
from pytest_harness.reports.tables import Column, Kind, Table, Value

_COLUMNS = (
    Column("test", "test"),
    Column("outcome", "outcome"),
    Column("cell", "cell"),
    Column("cell_outcome", "of the cell"),
    Column("score_baseline", "before", Kind.SCORE),
    Column("score_best", "after", Kind.SCORE),
    Column("duration_s", "seconds", Kind.SECONDS),
    Column("message", "message"),
)


@click.command()
@run_argument
@output_options
def ledger(reader: RunReader, output: Output) -> None:
    """Show every test that used a cell and how it ended, as the ledger has it.

    A cell that no test tells of, because its worker died, has a row without a test.
    """
    rows: list[tuple[Value, ...]] = []
    told: set[str] = set()
    record: CellRecord | None = None
    for line in reader.tests():  # cell by cell
        if line.cell is None:
            record = None
        elif record is None or record.key != line.cell:
            record = reader.cell(line.cell)
            told.add(line.cell)
        rows.append(_row(line, record))
    rows += [_row(None, cell) for cell in reader.all_cells() if cell.key not in told]
    output.echo(Table(_COLUMNS, tuple(rows)))


def _row(line: TestLine | None, record: CellRecord | None) -> tuple[Value, ...]:
    word = None
    if record is not None:
        word = facts.fault_word(record) or (record.outcome.value if record.outcome else None)
    return (
        None if line is None else line.nodeid,
        None if line is None else line.outcome,
        None if record is None else facts.cell_label(record),
        word,
        None if record is None else facts.baseline_score(record),
        None if record is None else facts.best_score(record),
        None if line is None else line.duration,
        None if line is None else line.message,
    )
