"""``probe``: which backends could run here."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pytest_harness.cli.options import Output, output_options
from pytest_harness.redaction import Vault
from pytest_harness.reports.tables import Column, Table

if TYPE_CHECKING:
    from pytest_harness.backends.base import Probe

_COLUMNS = (
    Column("backend", "backend"),
    Column("provider", "provider"),
    Column("ready", "ready"),
    Column("version", "version"),
    Column("program", "program"),
    Column("credentials", "credentials"),
    Column("missing", "missing"),
    Column("remedy", "remedy"),
    Column("notes", "notes"),
)


@click.command()
@click.argument("backends", nargs=-1, metavar="[BACKEND[@MODEL]]...")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A harness.toml that declares further backends. [default: the one here, if any]",
)
@output_options
def probe(backends: tuple[str, ...], config: Path | None, output: Output) -> None:
    """Say which backends could run here, and what the others lack; it spends nothing.

    Credentials are named, never shown. The exit code is 1 if a backend that was named is not ready.
    """
    from pytest_harness.backends.probe import probe_backends

    vault = Vault.of(os.environ)
    probes = [_without_secrets(each, vault) for each in probe_backends(backends, config)]
    rows = tuple(
        (
            each.backend,
            each.provider,
            each.ready,
            each.version,
            each.program,
            ", ".join(each.credentials),
            each.missing,
            each.remedy,
            "; ".join(each.notes),
        )
        for each in probes
    )
    table = Table(_COLUMNS, rows)
    if output is Output.TEXT:
        click.echo(table.without("provider", "program", "remedy", "notes", "missing").text())
        for each in probes:
            if not each.ready:
                click.echo(
                    f"{each.backend}: {'; '.join(filter(None, (each.missing, each.remedy)))}"
                )
            for note in each.notes:
                click.echo(f"{each.backend}: {note}")
    elif output is Output.JSON:
        documents = [
            {**document, "credentials": list(each.credentials), "notes": list(each.notes)}
            for document, each in zip(table.objects(), probes, strict=True)
        ]
        click.echo(json.dumps(documents, indent=2))
    else:
        output.echo(table)
    if backends and not all(each.ready for each in probes):
        sys.exit(1)


def _without_secrets(probe: Probe, vault: Vault) -> Probe:
    """Return what was found without secrets, such as a password in an address."""
    return dataclasses.replace(
        probe,
        version=probe.version and vault.hide(probe.version),
        missing=vault.hide(probe.missing),
        remedy=vault.hide(probe.remedy),
        notes=tuple(map(vault.hide, probe.notes)),
    )
