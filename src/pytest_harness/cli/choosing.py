"""Finding the cell that a user means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pytest_harness.errors import LedgerError, TargetError
from pytest_harness.ledger import BEST_PATCH, RunReader
from pytest_harness.records import CellRecord
from pytest_harness.reports import facts


def find_cell(reader: RunReader, name: str) -> CellRecord:
    """Return the one cell called ``name``: its key, its id, or ``target[id]``.

    Raises `LedgerError` when there is none, or more than one.
    """
    found: list[CellRecord] = []
    known: list[str] = []
    for record in reader.all_cells():
        known.append(facts.cell_label(record))
        if name == record.key:
            return record
        if name in _names(record):
            found.append(record)
    if len(found) == 1:
        return found[0]
    if found:
        labels = _list([each.key for each in found])
        raise LedgerError(f"{name!r} names several cells; give one of their keys: {labels}")
    raise LedgerError(f"the run {reader.path} has no cell {name!r}; it has {_list(known)}")


def find_winner(reader: RunReader, target: str, cell: str | None) -> CellRecord:
    """Return the target's cell with the best winning candidate, the first of equals.

    ``cell`` narrows the choice to an id, a key or a directory. Raises `TargetError` when the run
    has no such target, or when nothing better than the target's own workspace was found.
    """
    records, targets = [], []
    for record in reader.cells():
        targets.append(record.target)
        if target in (record.target, record.target_id):
            records.append(record)
    if not records:
        raise TargetError(
            f"the run {reader.path} has no finished cell of target {target!r}; "
            f"it has {_list(list(dict.fromkeys(targets)))}"
        )
    if len({record.target_id for record in records}) > 1:
        ids = _list(sorted({record.target_id for record in records}))
        raise TargetError(f"{target!r} names several targets; give one of {ids}")
    if cell is not None:
        # Cells of a target that depends on parametrized fixtures share their ids.
        known = _list([record.directory for record in records])
        records = [record for record in records if cell in _names(record)]
        if not records:
            raise TargetError(f"target {target!r} has no finished cell {cell!r}; it has {known}")
    winners = [record for record in records if has_winner(reader, record)]
    if not winners:
        raise TargetError(
            f"no proposal for {target!r} was better than the workspace itself; "
            "there is nothing to apply"
        )
    return max(winners, key=lambda record: facts.best_score(record) or 0.0)


def has_winner(reader: RunReader, record: CellRecord) -> bool:
    """Whether the cell counts and its best candidate is a proposal with a patch."""
    best = record.candidate(record.best)
    patch = patch_file(reader, record)
    return (
        facts.is_counted(record)
        and best is not None
        and best.proposal is not None
        and patch.is_file()
        and patch.stat().st_size > 0
    )


def patch_file(reader: RunReader, record: CellRecord) -> Path:
    """Return where the cell's best candidate lies as a patch."""
    return reader.cell_directory(record) / BEST_PATCH


def original_tree(reader: RunReader, record: CellRecord) -> Path:
    """Return where the run keeps the target's workspace as it was.

    Raises `LedgerError` when it does not, or when the record points out of the run.
    """
    relative = PurePosixPath(record.original or ".")
    path = reader.path / relative
    if relative.is_absolute() or ".." in relative.parts or not record.original:
        raise LedgerError(f"{record.key} does not say where its original workspace is kept")
    if not path.is_dir():
        raise LedgerError(f"the original workspace {path} is gone; copy the whole run")
    return path


def _names(record: CellRecord) -> set[str]:
    whole = f"{record.target_id}/{record.directory}"
    return {record.id, facts.cell_label(record), record.key, record.directory, whole}


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5]) or "none"
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
