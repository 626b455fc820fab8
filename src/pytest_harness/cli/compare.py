"""``compare``: the same cells in several runs."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_harness.cli.options import Output, folder_option, open_run, output_options
from pytest_harness.ledger import RunReader
from pytest_harness.reports.matrix import Entry, Matrix
from pytest_harness.reports.tables import Column, Kind, Table, Value

Inputs = dict[tuple[str, str], dict[str, str]]
"""Fingerprints by key, for each backend and target."""


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@folder_option
@output_options
def compare(runs: tuple[str, ...], folder: Path, output: Output) -> None:
    """Compare mean scores of two or more runs, by backend and target.

    The change is that from the first run to the last. Where the inputs are not the same (another
    workspace, objective, check, model or program), the comparison says so.
    """
    if len(runs) < 2:
        raise click.UsageError("give at least two runs to compare")
    readers = [open_run(folder, name) for name in runs]
    matrices, inputs = [], []
    for reader in readers:
        matrix, known = _read(reader)
        matrices.append(matrix)
        inputs.append(known)
    labels = _labels(readers)
    pairs = list(dict.fromkeys(pair for matrix in matrices for pair in matrix.entries))
    build = _people if output is Output.TEXT else _programs
    rows = []
    for pair in pairs:
        entries = [matrix.entries.get(pair) for matrix in matrices]
        rows.append((*pair, *build(entries), _change(entries), _inputs(pair, inputs)))
    output.echo(Table(_columns(labels, people=output is Output.TEXT), tuple(rows)))


def _read(reader: RunReader) -> tuple[Matrix, Inputs]:
    matrix = Matrix()
    inputs: Inputs = {}
    for record in reader.all_cells():
        pair = matrix.add(record)
        inputs.setdefault(pair, {})[record.key] = record.fingerprint
    return matrix, inputs


def _labels(readers: list[RunReader]) -> list[str]:
    names = [reader.run.name for reader in readers]
    if len(set(names)) == len(names):
        return names
    return [f"{number}:{name}" for number, name in enumerate(names, start=1)]


def _columns(labels: list[str], *, people: bool) -> tuple[Column, ...]:
    scores: list[Column] = []
    for label in labels:
        if people:
            scores.append(Column(label, label))
        else:
            scores += [
                Column(f"{label}.mean", label, Kind.SCORE),
                Column(f"{label}.n", label, Kind.COUNT),
                Column(f"{label}.faults", label, Kind.COUNT),
            ]
    return (
        Column("backend", "backend"),
        Column("target", "target"),
        *scores,
        Column("change", "change", Kind.CHANGE),
        Column("inputs", "inputs"),
    )


def _people(entries: list[Entry | None]) -> list[Value]:
    return [None if entry is None else entry.text() for entry in entries]


def _programs(entries: list[Entry | None]) -> list[Value]:
    values: list[Value] = []
    for entry in entries:
        if entry is None:
            values += [None, 0, 0]
        else:
            values += [entry.mean, len(entry.scores), sum(entry.faults.values())]
    return values


def _change(entries: list[Entry | None]) -> float | None:
    first = None if entries[0] is None else entries[0].mean
    last = None if entries[-1] is None else entries[-1].mean
    return None if first is None or last is None else last - first


def _inputs(pair: tuple[str, str], inputs: list[Inputs]) -> str | None:
    """Say whether the cells that the runs share have the same fingerprints."""
    known: dict[str, set[str]] = {}
    for each in inputs:
        for key, fingerprint in each.get(pair, {}).items():
            known.setdefault(key, set()).add(fingerprint)
    if sum(pair in each for each in inputs) < 2:
        return None
    return "same" if all(len(prints) == 1 for prints in known.values()) else "changed"
