"""``probe``: which backends could run here."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from pytest_harness.cli.options import Output, output_options
from pytest_harness.redaction import Vault
from pytest_harness.reports.tables import Column, Kind, Table

if TYPE_CHECKING:
    from pytest_harness.backends.base import Probe
    from pytest_harness.backends.probe import BackendReport

_KINDS = {"seconds": Kind.SECONDS, "cost_usd": Kind.DOLLARS}
_COLUMNS = tuple(
    Column(name, name, _KINDS.get(name, Kind.TEXT))
    for name in (
        "backend",
        "provider",
        "ready",
        "version",
        "tested",
        "program",
        "credentials",
        "runtimes",
        "missing",
        "remedy",
        "notes",
        "works",
        "trouble",
        "seconds",
        "cost_usd",
    )
)
_TOLD_BELOW = (
    "provider", "tested", "program", "runtimes", "remedy", "notes", "missing", "trouble"
)  # fmt: skip
_ROOM = 24
"""Characters of credentials beside which a line of 80 has room for a turn."""
_OF_A_TURN = ("works", "trouble", "seconds", "cost_usd")


@click.command()
@click.argument("backends", nargs=-1, metavar="[BACKEND[@MODEL]]...")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A harness.toml that declares further backends. [default: the one here, if any]",
)
@click.option(
    "--live",
    is_flag=True,
    help="Let each program that is here work for one turn with a scripted model; it costs nothing.",
)
@click.option(
    "--smoke",
    is_flag=True,
    help="Let each backend that is ready work for one small turn with its own model; it costs.",
)
@output_options
def probe(
    backends: tuple[str, ...],
    config: Path | None,
    *,
    live: bool,
    smoke: bool,
    output: Output,
) -> None:
    """Say which backends could run here, and what the others lack; it spends nothing.

    Credentials are named, never shown. The exit code is 1 if a backend that was named is not ready,
    or if a turn did not work.
    """
    from pytest_harness.backends.probe import probe_backends
    from pytest_harness.backends.trial_run import Turn

    if live and smoke:
        raise click.UsageError("--live and --smoke exclude each other; give one of them")
    if smoke and not backends:
        raise click.UsageError("--smoke costs money; name the backends that it is meant for")
    turn = Turn.LIVE if live else Turn.SMOKE if smoke else None
    vault = Vault.of(os.environ)
    reports = [_without_secrets(each, vault) for each in probe_backends(backends, config, turn)]
    table = Table(_COLUMNS, tuple(map(_row, reports)))
    if turn is None:
        table = table.without(*_OF_A_TURN)
    if output is Output.TEXT:
        told = Table(table.columns, tuple(_row(report, short=True) for report in reports))
        told = told if turn is not None else told.without(*_OF_A_TURN)
        click.echo(told.without(*_TOLD_BELOW).text())
        for line in _below(reports, get_terminal_size().columns):
            click.echo(line)
    elif output is Output.JSON:
        documents = [
            {
                **document,
                "credentials": list(report.probe.credentials),
                "runtimes": list(report.runtimes),
                "notes": list(report.probe.notes),
            }
            for document, report in zip(table.objects(), reports, strict=True)
        ]
        click.echo(json.dumps(documents, indent=2))
    else:
        output.echo(table)
    failed = any(report.turn is not None and not report.turn.works for report in reports)
    lacking = any(not _able(report, live=live) for report in reports)
    if failed or (backends and lacking):
        sys.exit(1)


def _able(report: BackendReport, *, live: bool) -> bool:
    """Whether a backend can do what was asked: with a scripted model it needs no credentials."""
    return report.probe.ready or (live and report.turn is not None)


def _row(report: BackendReport, *, short: bool = False) -> tuple[str | float | bool | None, ...]:
    probe, turn = report.probe, report.turn
    credentials = ", ".join(probe.credentials)
    if short and len(credentials) > _ROOM:
        credentials = f"{probe.credentials[0]} +{len(probe.credentials) - 1}"
    return (
        probe.backend,
        probe.provider,
        probe.ready,
        probe.version,
        probe.tested,
        probe.program,
        credentials,
        ", ".join(report.runtimes),
        probe.missing,
        probe.remedy,
        "; ".join(probe.notes),
        None if turn is None else turn.works,
        None if turn is None else turn.reason,
        None if turn is None else round(turn.seconds, 2),
        None if turn is None else turn.cost_usd,
    )


def _below(reports: Sequence[BackendReport], width: int) -> list[str]:
    """Return what is said below the table: what is missing, what to do, how a turn failed.

    Backends of which the same is said share it. What can be copied is never broken.
    """
    said: dict[tuple[str, str], list[str]] = {}
    for report in reports:
        for each in _sentences(report):
            said.setdefault(each, []).append(report.probe.backend)
    lines: list[str] = []
    for (sentence, remedy), backends in said.items():
        text = f"{', '.join(backends)}: {sentence}"
        lines += textwrap.wrap(
            text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        lines += [f"  {remedy}"] if remedy else []
    runtimes = {report.runtimes for report in reports if report.runtimes}
    for names in sorted(runtimes):
        lines.append(f"runtimes that can be had here: {', '.join(names)}")
    return lines


def _sentences(report: BackendReport) -> list[tuple[str, str]]:
    """Return what is said of a backend, each with its remedy."""
    probe, turn = report.probe, report.turn
    found: list[tuple[str, str]] = []
    if not probe.ready:
        found.append((probe.missing, probe.remedy))
    found += [(note, "") for note in probe.notes]
    if turn is not None and turn.reason:
        trouble = turn.reason if turn.works else f"the turn did not work: {turn.reason}"
        found.append((trouble, ""))
    return found


def _without_secrets(report: BackendReport, vault: Vault) -> BackendReport:
    """Return what was found without secrets, such as a password in an address."""
    turn = report.turn
    if turn is not None:
        turn = dataclasses.replace(turn, reason=vault.hide(turn.reason))
    return dataclasses.replace(report, probe=_hidden(report.probe, vault), turn=turn)


def _hidden(probe: Probe, vault: Vault) -> Probe:
    return dataclasses.replace(
        probe,
        version=probe.version and vault.hide(probe.version),
        missing=vault.hide(probe.missing),
        remedy=vault.hide(probe.remedy),
        notes=tuple(map(vault.hide, probe.notes)),
    )
