"""A ledger cut anywhere is mended, and what was finished comes back exactly once."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.ledger import RunReader

from .samples import about, finished, started, used, write_cell, writing

CELLS = (1, 2, 3)


def filled(run: Path) -> bytes:
    """Write three cells and two tests, and return the ledger."""
    with writing(run) as writer:
        writer.write_run(about(run, CELLS))
        for number in CELLS:
            write_cell(writer, finished(number, reason="grün \N{SNOWMAN}\n"))
            if number > 1:
                writer.append_test(used(number))
    return (run / "ledger.jsonl").read_bytes()


def keys_of_lines(run: Path) -> list[str]:
    lines = [json.loads(line) for line in (run / "ledger.jsonl").read_bytes().splitlines()]
    return sorted(line["cell"]["key"] for line in lines if line["line"] == "cell")


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_cut_at_any_byte_loses_no_finished_cell(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        run = Path(name, "runs", "first")
        whole = filled(run)
        ledger = run / "ledger.jsonl"
        cut = data.draw(st.integers(0, len(whole)))
        ledger.write_bytes(whole[:cut])
        before = RunReader(run)
        kept = [cell.key for cell in before.cells()]
        with writing(run, session="two", resume=True) as writer:
            mended = ledger.read_bytes()
            assert whole.startswith(mended)
            assert not mended or mended.endswith(b"\n")
            assert writer.sweep() == len(CELLS) - len(kept)
            assert writer.sweep() == 0
        expected = [started(number).key for number in CELLS]
        assert keys_of_lines(run) == sorted(expected)
        assert [cell.key for cell in RunReader(run).cells()] == expected
        # a reader that was there before goes on where it was
        assert [cell.key for cell in before.cells()] == expected


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_the_next_line_mends_what_a_killed_writer_tore(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        run = Path(name, "runs", "first")
        whole = filled(run)
        with writing(run, session="two", resume=True) as writer:
            (run / "ledger.jsonl").write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
            writer.append_test(used(9, test="test_after"))
            writer.sweep()
        assert keys_of_lines(run) == sorted(started(number).key for number in CELLS)
        assert [line.nodeid for line in RunReader(run).tests()][-1].startswith(
            "tests/test_a.py::test_after"
        )


def test_a_lost_ledger_is_made_again_from_the_cells(run: Path) -> None:
    filled(run)
    (run / "ledger.jsonl").unlink()
    with writing(run, session="two", resume=True) as writer:
        assert writer.sweep() == len(CELLS)
    assert [cell.reason for cell in RunReader(run).cells()] == ["grün \N{SNOWMAN}\n"] * 3


def test_a_sweep_leaves_alone_what_is_only_started(run: Path) -> None:
    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        with writer.locked(directory):
            writer.start(directory, started(1))
        assert writer.sweep() == 0


def test_a_cell_file_that_was_laid_out_by_hand_is_not_doubled(run: Path) -> None:
    filled(run)
    path = run / "cells/target/fake-t1/cell.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=2))
    with writing(run, session="two", resume=True) as writer:
        assert writer.sweep() == 0


def test_a_full_disk_leaves_no_torn_line(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = filled(run)
    import pytest_harness.ledger.journal as journal

    def full(descriptor: int, data: bytes) -> None:
        import os

        os.write(descriptor, data[:7])
        raise OSError(28, "No space left on device")

    with writing(run, session="two", resume=True) as writer:
        monkeypatch.setattr(journal, "write_all", full)
        with pytest.raises(Exception, match="the disk is full; make room and continue"):
            writer.append_test(used(1))
    assert (run / "ledger.jsonl").read_bytes() == whole
