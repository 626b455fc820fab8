"""``recommend``: which model to take, by what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_harness.cli.options import folder_option
from pytest_harness.ledger import find_run, list_runs
from pytest_harness.reports.plain import printable
from pytest_harness.reports.tables import Column, Kind, Table
from pytest_harness.run_names import LATEST

if TYPE_CHECKING:
    from pytest_harness.reports.advice.records import RankedModel, Ranking

_COLUMNS = (
    Column("rank", "rank", Kind.COUNT),
    Column("model", "model"),
    Column("format", "format"),
    Column("passed", "passed"),
    Column("rate", "rate"),
    Column("at_least", "at least"),
    Column("cost_usd", "cost", Kind.DOLLARS),
    Column("tokens", "tokens", Kind.COUNT),
    Column("seconds", "seconds", Kind.SECONDS),
)


@click.command()
@click.argument("run", required=False)
@click.option(
    "--input",
    "given",
    type=click.Path(path_type=Path),
    help="A summary.json or a local_readiness.json, in place of the evidence of a run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@folder_option
def recommend(run: str | None, given: Path | None, folder: Path, *, as_json: bool) -> None:
    """Rank hosted and local models by the evidence of a run, with what it leaves open.

    The lower end of the interval of 95% around a model's rate decides, then cost, tokens and
    seconds, each for one sample. Without RUN it is the latest.
    """
    if run is not None and given is not None:
        raise click.UsageError("RUN and --input exclude each other; give one of them")
    ranking = _ranking(run, given, folder)
    if as_json:
        click.echo(ranking.to_json(indent=2))
    elif ranking.reason is not None:
        click.echo(printable(f"no recommendation: {ranking.reason}"))
    else:
        click.echo("\n".join(_lines(ranking)))


def _ranking(run: str | None, given: Path | None, folder: Path) -> Ranking:
    from pytest_harness.reports.advice.ranking import nothing, rank
    from pytest_harness.reports.advice.sources import load_evidence

    if given is not None:
        path, evidence = load_evidence(given)
        return rank(evidence, path)
    if run is None and not list_runs(folder):
        return nothing(
            f"there is no run in {folder}; measure models with "
            "--harness-backend=model@VENDOR:MODEL, or name a file with --input"
        )
    path, evidence = load_evidence(find_run(folder, run or LATEST))
    return rank(evidence, path)


def _lines(ranking: Ranking) -> list[str]:
    """Return the tables and what is said below them."""
    lines = [printable(f"run {ranking.run} of {ranking.date}: {ranking.source}")]
    for title, local in (("hosted models", False), ("local models", True)):
        models = [each for each in ranking.models if each.local is local]
        if models:
            table = Table(_COLUMNS, tuple(map(_row, models)))
            if local:
                table = table.without("cost_usd")
            lines += ["", f"{title}, the best first:", "", table.text()]
            notes = [f"{each.model}: {caveat}" for each in models for caveat in each.caveats]
            lines += ["", *map(printable, notes)] if notes else []
    lines += [
        "",
        "at least: the lower end of an interval of 95%, which decides the order",
        "cost, tokens, seconds: for one sample",
    ]
    return lines


def _row(each: RankedModel) -> tuple[str | float | None, ...]:
    return (
        each.rank,
        each.model,
        "either" if each.format is None and each.samples else each.format,
        f"{each.passed}/{each.samples}",
        None if each.rate is None else f"{each.rate:.0%}",
        None if each.interval is None else f"{each.interval.low:.0%}",
        each.cost_usd,
        None if each.tokens is None else round(each.tokens),
        each.seconds,
    )
