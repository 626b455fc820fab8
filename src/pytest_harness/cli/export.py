"""``export``: the best files, whole, in a new directory."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_harness.cli.apply import describe
from pytest_harness.cli.choosing import find_winner, original_tree, patch_file
from pytest_harness.cli.options import run_argument
from pytest_harness.errors import TargetError
from pytest_harness.ledger import RunReader


@click.command()
@run_argument
@click.argument("target")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--cell", help="Take this cell's winner, by id, key or directory, rather than the best one."
)
def export(reader: RunReader, target: str, destination: Path, cell: str | None) -> None:
    """Write the workspace of TARGET with the best proposal into the new directory DESTINATION.

    It is made from what the run keeps, so the project itself is neither needed nor touched.
    """
    record = find_winner(reader, target, cell)
    original = original_tree(reader, record)
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise TargetError(f"{destination} exists and is not empty; name a new directory")
    from pytest_harness.runtime.supervisor import Supervisor
    from pytest_harness.workspace import apply, copy_tree, remove_tree

    made = not destination.exists()
    if not made:
        destination.rmdir()
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        copy_tree(original, destination)
        with Supervisor() as supervisor:
            apply(patch_file(reader, record), destination, supervisor)
    except BaseException:
        remove_tree(destination)
        raise
    click.echo(f"wrote {describe(record)} to {destination}")
