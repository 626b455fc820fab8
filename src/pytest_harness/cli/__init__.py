"""The ``pytest-harness`` command: it reads runs, and puts what they found to use."""

from __future__ import annotations

import click

from pytest_harness.cli.apply import apply
from pytest_harness.cli.compare import compare
from pytest_harness.cli.evidence import evidence
from pytest_harness.cli.export import export
from pytest_harness.cli.group import HarnessGroup
from pytest_harness.cli.inspect import inspect
from pytest_harness.cli.ledger import ledger
from pytest_harness.cli.probe import probe
from pytest_harness.cli.promote import promote
from pytest_harness.cli.recommend import recommend
from pytest_harness.cli.report import report
from pytest_harness.cli.summarize import summarize
from pytest_harness.cli.support import support


@click.group(cls=HarnessGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytest-harness")
def main() -> None:
    """Read the runs of pytest-harness, compare them, and put their winners to use.

    RUN is 'latest', the name of a run, or the path of a run's directory.
    """


for _command in (
    inspect,
    ledger,
    summarize,
    compare,
    apply,
    export,
    probe,
    report,
    evidence,
    recommend,
    support,
    promote,
):
    main.add_command(_command)

__all__ = ["main"]
