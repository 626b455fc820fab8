"""A finished cell's file may not change, and finishing one is no change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.ledger.seals import FinishedCells

SESSION = "session-2"


def written(run: Path, status: str) -> Path:
    """Write a cell's file as its worker does: beside it, and then in its place."""
    path = run / "cells" / "target" / "cell" / "cell.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(f'{{"status":"{status}","session":"{SESSION}"}}')
    os.replace(new, path)  # noqa: PTH105 - as the writer does
    return path


def test_a_change_of_a_finished_cell_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "finished")
    finished = FinishedCells(tmp_path, SESSION)
    finished.look()
    assert finished.broken() == []
    path.write_text("{}")
    assert finished.broken() == ["cells/target/cell/cell.json"]


def test_a_cell_that_is_not_finished_may_change(tmp_path: Path) -> None:
    written(tmp_path, "started")
    finished = FinishedCells(tmp_path, SESSION)
    finished.look()
    written(tmp_path, "finished")
    assert finished.broken() == []


def test_one_that_another_worker_finishes_during_a_look_is_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "started")
    finished = FinishedCells(tmp_path, SESSION)
    read = Path.read_bytes

    def finish_and_read(self: Path) -> bytes:
        if self == path:
            written(tmp_path, "finished")
        return read(self)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", finish_and_read)
        finished.look()
    assert finished.broken() == []
    finished.look()
    path.write_text("{}")
    assert finished.broken() == ["cells/target/cell/cell.json"]
