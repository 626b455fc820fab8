"""``summarize``: everything that lies below a directory, in one matrix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from pytest_harness.cli.options import Output, output_options
from pytest_harness.errors import LedgerError
from pytest_harness.ledger import RunReader
from pytest_harness.ledger.layout import RUN_FILE
from pytest_harness.reports import matrix
from pytest_harness.reports.read_xml import read_xml
from pytest_harness.reports.tables import Column, Kind, Table, Value

_COLUMNS = (
    Column("run", "run"),
    Column("started_at", "started"),
    Column("commit", "commit"),
    Column("cells", "cells", Kind.COUNT),
    Column("not_counted", "not counted", Kind.COUNT),
    Column("cost_usd", "cost", Kind.DOLLARS),
    Column("path", "path"),
)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@output_options
def summarize(directory: Path, output: Output) -> None:
    """Summarise all runs below DIRECTORY as one, such as the parts that CI jobs have kept.

    Where only JUnit XML was kept, the cells that it tells of count too. A cell that is there more
    than once counts once.
    """
    total = matrix.Matrix()
    rows: list[tuple[Value, ...]] = []
    seen: set[tuple[str, str]] = set()
    named: set[tuple[str, str]] = set()
    runs = list(_runs(directory))
    for path in runs:
        reader = RunReader(path)
        run = reader.run
        own = matrix.Matrix()
        for record in reader.all_cells():
            own.add(record)
            named.add((run.name, record.key))
            if (record.session, record.key) not in seen:
                seen.add((record.session, record.key))
                total.add(record)
        rows.append(
            (
                run.name,
                f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                None if run.commit is None else run.commit[:10],
                own.cells,
                sum(own.faults.values()),
                own.cost_usd,
                str(path),
            )
        )
    rows += _from_xml(_xml_files(directory, runs), total, named)
    if not rows:
        raise LedgerError(f"there is no run below {directory}; name another directory")
    _show(total, Table(_COLUMNS, tuple(rows)), output)


def _from_xml(
    files: list[Path], total: matrix.Matrix, known: set[tuple[str, str]]
) -> list[tuple[Value, ...]]:
    """Add the cells that only JUnit XML tells of, and return a row for each file of them."""
    rows: list[tuple[Value, ...]] = []
    seen: set[tuple[str, str, str]] = set()
    for file in files:
        own = matrix.Matrix()
        for cell in read_xml(file):
            if (cell.run, cell.key) in known or (cell.run, cell.key, cell.duration) in seen:
                continue
            seen.add((cell.run, cell.key, cell.duration))
            own.add_result(cell.result)
            total.add_result(cell.result)
        if own.cells:
            faults = sum(own.faults.values())
            rows.append(("JUnit XML", None, None, own.cells, faults, own.cost_usd, str(file)))
    return rows


def _show(total: matrix.Matrix, runs: Table, output: Output) -> None:
    match output:
        case Output.TSV:
            output.echo(total.long_table())
        case Output.JSON:
            document = {
                "runs": runs.objects(),
                "matrix": total.long_table().objects(),
                "causes": total.causes_table().objects(),
            }
            click.echo(json.dumps(document, indent=2, allow_nan=False))
        case Output.TEXT:
            click.echo(f"{runs.text()}\n")
            click.echo(f"{total.table().text()}\n\n{total.sentence()}")
            if total.causes:
                click.echo(f"\n{total.causes_table().text()}")


def _xml_files(directory: Path, runs: list[Path]) -> list[Path]:
    """Return the XML files outside of runs: what lies within one may be an agent's."""
    inside = set(runs)
    return [file for file in sorted(directory.rglob("*.xml")) if inside.isdisjoint(file.parents)]


def _runs(directory: Path) -> Iterator[Path]:
    """Yield the directories of all runs, each once, by path; links are not followed."""
    if not directory.is_dir():
        raise LedgerError(f"there is no directory {directory}; name another one")
    found = {file.parent for file in directory.rglob(RUN_FILE)}
    yield from sorted(
        path
        for path in found
        if not path.is_symlink() and "cells" not in path.relative_to(directory).parts
    )
