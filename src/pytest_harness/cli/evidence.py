"""``evidence``: what a run says about plain models, as files and as a short table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_harness.cli.options import folder_option, open_run
from pytest_harness.reports.tables import Column, Kind, Table

if TYPE_CHECKING:
    from pytest_harness.reports.evidence import Comparison, Evidence

_COLUMNS = (
    Column("model", "model"),
    Column("verdict", "verdict"),
    Column("confidence", "confidence"),
    Column("preferred", "use"),
    Column("native", "native"),
    Column("text", "text"),
    Column("p", "p"),
    Column("cost_usd", "cost", Kind.DOLLARS),
)
_LEGEND = "in brackets: the interval of 95% around the rate; p: of an exact test on matched pairs"


@click.command()
@click.argument("run")
@click.option(
    "--output",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files into this directory. [default: evidence, in the run's directory]",
)
@click.option("--baseline", metavar="RUN", help="Compare with this earlier run, cell by cell.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@folder_option
def evidence(
    run: str,
    directory: Path | None,
    baseline: str | None,
    folder: Path,
    *,
    as_json: bool,
) -> None:
    """Write what a run says about plain models, and print it in short.

    Formats are compared for each model and target, local models are judged, and what deserves a
    look is listed. Nothing is run.
    """
    from pytest_harness.reports.evidence import FOLDER, compare, gather, write

    reader = open_run(folder, run)
    comparison, before = None, ""
    if baseline is not None:
        earlier = open_run(folder, baseline)
        before = earlier.run.name
        comparison = compare(reader.all_cells(), earlier.all_cells())
    found = gather(reader)
    paths = write(found, directory or reader.path / FOLDER, comparison=comparison, before=before)
    if as_json:
        click.echo(_json(found, comparison, paths))
        return
    _show(found)
    if comparison is not None:
        _show_comparison(comparison, before)
    click.echo()
    for path in paths:
        click.echo(f"wrote {path}")


def _show(found: Evidence) -> None:
    from pytest_harness.reports.evidence.markdown import (
        p_text,
        sentence,
        short_rate_text,
    )

    click.echo(sentence(found.summary))
    costs = {each.name: each.cost_usd for each in found.summary.rollups.model}
    rows = tuple(
        (
            model,
            entry.verdict.value,
            entry.confidence.value,
            None if entry.preferred is None else entry.preferred.value,
            short_rate_text(entry.native),
            short_rate_text(entry.text),
            p_text(entry.p_value),
            costs[model],
        )
        for model, entry in found.summary.parity.items()
    )
    if rows:
        click.echo(f"\n{Table(_COLUMNS, rows).text()}\n\n{_LEGEND}")


def _show_comparison(comparison: Comparison, before: str) -> None:
    click.echo(f"\nbeside {before}: {comparison.sentence()}")
    table = comparison.table().without("key")
    if table.rows:
        click.echo(f"\n{table.text()}")


def _json(found: Evidence, comparison: Comparison | None, paths: Sequence[Path]) -> str:
    document = {
        "summary": found.summary.model_dump(mode="json"),
        "readiness": found.readiness.model_dump(mode="json"),
        "baseline": None if comparison is None else comparison.model_dump(mode="json"),
        "files": [str(path) for path in paths],
    }
    return json.dumps(document, indent=2, allow_nan=False)
