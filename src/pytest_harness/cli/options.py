"""Arguments and options that several commands share."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from pytest_harness.ledger import RunReader, find_run
from pytest_harness.reports.tables import Table

DEFAULT_FOLDER: Final = ".harness"

Command = Callable[..., None]


class Output(enum.Enum):
    """For whom to print."""

    TEXT = enum.auto()
    """People."""
    TSV = enum.auto()
    """Programs, line by line."""
    JSON = enum.auto()
    """Programs, whole."""

    def echo(self, table: Table) -> None:
        """Print a table."""
        match self:
            case Output.TEXT:
                click.echo(table.text())
            case Output.TSV:
                click.echo(table.tsv(), nl=False)
            case Output.JSON:
                click.echo(table.json(), nl=False)


def output_options(command: Command) -> Command:
    """Give a command ``--json`` and ``--tsv``; it gets them as ``output``."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    @click.option("--tsv", "as_tsv", is_flag=True, help="Print tab-separated values, for programs.")
    @functools.wraps(command)
    def wrapped(*arguments: Any, as_json: bool, as_tsv: bool, **options: Any) -> None:
        if as_json and as_tsv:
            raise click.UsageError("--json and --tsv exclude each other; give one of them")
        output = Output.JSON if as_json else Output.TSV if as_tsv else Output.TEXT
        command(*arguments, output=output, **options)

    return wrapped


def folder_option(command: Command) -> Command:
    """Give a command ``--harness-dir``; it gets the folder as ``folder``."""

    @click.option(
        "--harness-dir",
        envvar="HARNESS_DIR",
        type=click.Path(path_type=Path),
        help=f"Folder of the runs. [default: the nearest {DEFAULT_FOLDER}, here or above]",
    )
    @functools.wraps(command)
    def wrapped(*arguments: Any, harness_dir: Path | None, **options: Any) -> None:
        command(*arguments, folder=harness_dir or _nearest_folder(), **options)

    return wrapped


def run_argument(command: Command) -> Command:
    """Give a command ``RUN`` and ``--harness-dir``; it gets a `RunReader` as ``reader``."""

    @click.argument("run")
    @folder_option
    @functools.wraps(command)
    def wrapped(*arguments: Any, run: str, folder: Path, **options: Any) -> None:
        command(*arguments, reader=open_run(folder, run), **options)

    return wrapped


def open_run(folder: Path, name: str) -> RunReader:
    """Open a run by name. Raises `LedgerError` when there is none or it cannot be read."""
    reader = RunReader(find_run(folder, name))
    reader.run  # noqa: B018 - what cannot be read is said before anything is printed
    return reader


def _nearest_folder() -> Path:
    here = Path.cwd()
    for directory in (here, *here.parents):
        if (directory / DEFAULT_FOLDER).is_dir():
            return directory / DEFAULT_FOLDER
    return here / DEFAULT_FOLDER
