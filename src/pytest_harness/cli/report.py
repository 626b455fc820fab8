"""``report``: JUnit XML and HTML drawn again from a ledger."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_harness.cli.options import run_argument
from pytest_harness.ledger import RunReader
from pytest_harness.reports.matrix import counted
from pytest_harness.reports.xml import Attachments

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@run_argument
@click.option("--junit", type=_FILE, help="Write JUnit XML to this file.")
@click.option("--html", type=_FILE, help="Write a page to this file.")
@click.option(
    "--attachments",
    type=click.Choice([each.value for each in Attachments]),
    default=Attachments.RELATIVE.value,
    show_default=True,
    help="How JUnit names files: relative to the project (GitLab), absolute (Jenkins), or not.",
)
def report(reader: RunReader, junit: Path | None, html: Path | None, attachments: str) -> None:
    """Draw the reports of a run again, without running anything."""
    if junit is None and html is None:
        raise click.UsageError("say what to write: --junit FILE, --html FILE, or both")
    if junit is not None:
        from pytest_harness.reports.xml import write_xml

        number = write_xml(reader, junit, Attachments(attachments))
        click.echo(f"wrote {counted(number, 'testcase')} to {junit}")
    if html is not None:
        from pytest_harness.reports.page import write_page

        number = write_page(reader, html)
        click.echo(f"wrote {counted(number, 'cell')} to {html}")
