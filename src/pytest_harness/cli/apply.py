"""``apply``: put the winning patch on the user's tree."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_harness.cli.choosing import find_winner, patch_file
from pytest_harness.cli.options import run_argument
from pytest_harness.errors import TargetError
from pytest_harness.ledger import RunReader
from pytest_harness.records import CellRecord
from pytest_harness.reports import facts


@click.command()
@run_argument
@click.argument("target")
@click.option(
    "--cell", help="Take this cell's winner, by id, key or directory, rather than the best one."
)
@click.option("--check", is_flag=True, help="Only say whether the patch applies.")
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="The project's root directory, if the run was made in another place.",
)
def apply(
    reader: RunReader, target: str, cell: str | None, root: Path | None, *, check: bool
) -> None:
    """Put the best proposal for TARGET on its workspace in your project.

    All of the patch is applied or nothing. Of several cells the one with the best score is taken,
    of equals the first of the matrix.
    """
    record = find_winner(reader, target, cell)
    workspace = _workspace(record, root or Path(reader.run.root))
    from pytest_harness.runtime.supervisor import Supervisor
    from pytest_harness.workspace import apply as apply_patch

    with Supervisor() as supervisor:
        apply_patch(patch_file(reader, record), workspace, supervisor, check=check)
    word = "would apply" if check else "applied"
    click.echo(f"{word} {describe(record)} to {workspace}")


def describe(record: CellRecord) -> str:
    """Say which candidate of which cell won, and by how much."""
    before, after = facts.baseline_score(record), facts.best_score(record)
    scores = f"{0.0 if before is None else before:.3f} -> {0.0 if after is None else after:.3f}"
    return f"{record.best} of {facts.cell_label(record)} ({scores})"


def _workspace(record: CellRecord, root: Path) -> Path:
    if not root.is_dir():
        raise TargetError(
            f"the project {root} of that run is not here; say where it is with --root"
        )
    workspace = (root / record.workspace).resolve()
    if not record.workspace or not workspace.is_dir():
        raise TargetError(
            f"the workspace {record.workspace!r} of {record.target!r} is not in {root}; "
            "say where the project is with --root"
        )
    return workspace
