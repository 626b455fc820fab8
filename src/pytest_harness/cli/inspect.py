"""``inspect``: one run, or one cell of it."""

from __future__ import annotations

import json

import click

from pytest_harness.cli.choosing import find_cell
from pytest_harness.cli.options import Output, output_options, run_argument
from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord
from pytest_harness.reports import facts, junit, matrix
from pytest_harness.reports.plain import one_line, printable, shortened
from pytest_harness.reports.tables import (
    Kind,
    candidate_table,
    cell_table,
    check_table,
    format_value,
)


@click.command()
@run_argument
@click.argument("cell", required=False)
@output_options
def inspect(reader: RunReader, cell: str | None, output: Output) -> None:
    """Show a run, or one CELL of it: its candidates, checks, changes and files.

    CELL is an id as in a test's brackets, target[id], or a key.
    """
    if cell is not None:
        _show_cell(reader, find_cell(reader, cell), output)
    else:
        _show_run(reader, output)


def _show_run(reader: RunReader, output: Output) -> None:
    table = cell_table(reader.all_cells())
    if output is Output.TSV:
        output.echo(table)
        return
    summary = matrix.build(reader.all_cells())
    if output is Output.JSON:
        document = {
            "run": reader.run.model_dump(mode="json"),
            "matrix": summary.long_table().objects(),
            "cells": table.objects(),
        }
        click.echo(json.dumps(document, indent=2, allow_nan=False))
        return
    run = reader.run
    click.echo(f"run {one_line(run.name)}, {run.started_at:%Y-%m-%d %H:%M:%S %Z}")
    if run.command:
        click.echo(f"command: {one_line(' '.join(run.command), 500)}")
    if run.commit is not None:
        dirty = ", with uncommitted changes" if run.dirty else ""
        click.echo(f"commit: {one_line(run.commit)}{dirty}")
    click.echo(f"ledger: {printable(str(reader.path / 'ledger.jsonl'))}\n")
    click.echo(f"{summary.table().text()}\n\n{summary.sentence()}\n")
    # A cell that does not count must not look like one whose agent failed.
    faulty = any(row["fault"] for row in table.objects())
    click.echo(table.without("key", "format", "variant", *([] if faulty else ["fault"])).text())


def _show_cell(reader: RunReader, record: CellRecord, output: Output) -> None:
    candidate = facts.shown(record)
    if output is Output.JSON:
        click.echo(record.to_json(indent=2).decode())
        return
    if output is Output.TSV:
        output.echo(candidate_table(record))
        return
    word = facts.fault_word(record) or (record.outcome.value if record.outcome else "-")
    before = format_value(Kind.SCORE, facts.baseline_score(record))
    after = format_value(Kind.SCORE, facts.best_score(record))
    click.echo(f"{one_line(facts.cell_label(record))}: {word}, {before} -> {after}")
    for text in (record.reason, *record.notes):
        if text:
            click.echo(printable(text))
    if record.candidates:
        click.echo(f"\n{candidate_table(record).text()}")
    if candidate is None:
        return
    checks = check_table(candidate)
    if checks.rows:
        click.echo(f"\nchecks of {candidate.id}\n{checks.text()}")
    click.echo(f"\n{junit.changes_text(candidate)}")
    proposal = candidate.proposal
    if proposal is not None and proposal.refused_tools:
        click.echo(f"\nrefused tools: {one_line(', '.join(proposal.refused_tools), 500)}")
    if proposal is not None and proposal.answer:
        click.echo(f"\nlast message\n{shortened(proposal.answer, 2_000)}")
    files = facts.artifact_files(reader.path, record)
    if files:
        click.echo("\nfiles")
        for name in files:
            click.echo(f"  {printable(str(reader.path / name))}")
