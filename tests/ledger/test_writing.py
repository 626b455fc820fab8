"""What is written is whole, durable and says why if it could not be written."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from pytest_harness.errors import LedgerError
from pytest_harness.ledger import RunReader
from pytest_harness.ledger.encoding import cell_line
from pytest_harness.ledger.merging import merge_order
from pytest_harness.records import CellLine

from .samples import about, finished, process, say, started, used, write_cell, writing


def test_the_ledgers_line_holds_the_cells_own_bytes(run: Path) -> None:
    with writing(run) as writer:
        directory = write_cell(writer, finished(1))
    cell = (directory / "cell.json").read_bytes()
    assert (run / "ledger.jsonl").read_bytes().count(cell.rstrip(b"\n")) == 1
    assert cell_line(cell.rstrip(b"\n")) == CellLine(cell=finished(1)).to_json()


def test_finishing_flushes_the_record_and_its_name_and_starting_nothing(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bool] = []

    def flush(descriptor: int) -> None:
        flushed.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))

    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        monkeypatch.setattr(os, "fsync", flush)
        writer.start(directory, started(1))
        assert flushed == []
        writer.finish(directory, finished(1))
        assert flushed == [False, True]


def test_a_disk_that_cannot_flush_names_is_no_error(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flush(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", flush)
    with writing(run) as writer:
        assert writer.read(write_cell(writer, finished(1))) == finished(1)


def test_a_result_that_could_not_be_flushed_leaves_the_cell_started(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        writer.start(directory, started(1))
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(LedgerError, match="because the disk is full; make room"):
            writer.finish(directory, finished(1))
        assert writer.read(directory) == started(1)
        assert (run / "ledger.jsonl").read_bytes() == b""


def test_what_is_no_number_is_refused_and_nothing_is_written(run: Path) -> None:
    nan = finished(1).model_copy(update={"duration": float("nan")})
    (candidate,) = finished(1).candidates
    deep = finished(1).model_copy(
        update={"candidates": (candidate.model_copy(update={"score": float("nan")}),)}
    )
    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        for record in (nan, deep):
            with pytest.raises(LedgerError, match="holds what no record may hold"):
                writer.finish(directory, record)
        with pytest.raises(LedgerError, match="holds what no record may hold"):
            writer.append_test(used(1).model_copy(update={"duration": float("inf")}))
        assert writer.read(directory) is None
        assert (run / "ledger.jsonl").read_bytes() == b""


def test_a_record_is_written_by_the_method_of_its_status(run: Path) -> None:
    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        with pytest.raises(LedgerError, match="not that of a finished cell"):
            writer.finish(directory, started(1))
        with pytest.raises(LedgerError, match="not that of a started cell"):
            writer.start(directory, finished(1))


def test_a_reader_of_a_cell_never_sees_half_of_it(run: Path) -> None:
    wrong: list[str] = []
    done = threading.Event()
    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        writer.start(directory, started(1))

        def watch() -> None:
            while not done.is_set():
                record = writer.read(directory)
                if record is None or record.reason not in ("", "long" * 50_000):
                    wrong.append("half")

        watcher = threading.Thread(target=watch)
        watcher.start()
        for attempt in range(30):
            writer.start(directory, started(1))
            writer.finish(directory, finished(1, reason="long" * 50_000, attempt=attempt))
        done.set()
        watcher.join()
    assert wrong == []


def test_an_empty_cell_file_counts_as_never_started(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run))
        directory = writer.cell_directory("target", "fake-t1")
        (directory / "cell.json").write_bytes(b"\0" * 300)
        assert writer.read(directory) is None
        assert writer.sweep() == 0
    assert RunReader(run).unfinished() == []


def test_a_second_attempt_keeps_the_first_ones_files_apart(run: Path) -> None:
    with writing(run) as writer:
        for attempt in (1, 2, 3):
            directory = writer.cell_directory("target", "fake-t1")
            writer.start(directory, started(1))
            assert not (directory / "candidates").exists()
            (writer.artifacts(directory, "c0001") / "prompt.md").write_text(str(attempt))
            (directory / "best.patch").write_text(str(attempt))
            writer.finish(directory, finished(1, attempt=attempt))
    assert (directory / "candidates/c0001/prompt.md").read_text() == "3"
    assert (directory / "earlier/0002/candidates/c0001/prompt.md").read_text() == "2"
    assert (directory / "earlier/0001/best.patch").read_text() == "1"


def test_a_cell_is_held_until_its_process_dies(run: Path) -> None:
    with writing(run) as writer, process("die-in-cell", run, "one", "gw0") as other:
        assert [say(other), say(other)] == ["open", "started"]
        directory = writer.cell_directory("target", "fake-t1")
        held = threading.Event()

        def wait() -> None:
            with writer.locked(directory):
                held.set()

        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not held.wait(0.2)
        other.kill()
        assert held.wait(60)
        waiter.join()
        assert writer.read(directory) == started(1)


def test_an_interrupt_while_waiting_for_a_cell_comes_through(run: Path) -> None:
    with process("die-in-cell", run, "one", "gw0") as holder:
        assert [say(holder), say(holder)] == ["open", "started"]
        with process("die-in-cell", run, "one", "gw1") as waiter:
            assert say(waiter) == "open"
            waiter.send_signal(signal.SIGINT)
            assert waiter.wait(60) != 0


def test_an_error_of_the_body_is_not_taken_for_one_of_the_ledger(run: Path) -> None:
    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        with pytest.raises(FileNotFoundError, match="mine"), writer.locked(directory):
            raise FileNotFoundError("mine")
        with writer.locked(directory):
            pass


def test_phases_are_shown_until_the_work_ends(run: Path) -> None:
    reader = RunReader(run)
    with writing(run) as writer:
        assert reader.phases() == {}
        writer.show_phase("propose")
        writer.show_phase("evaluate")
        (run / "live" / "gw7").write_text("propose")
        assert reader.phases() == {"gw7": "propose", "main": "evaluate"}
        writer.forget_worker("gw7")
        writer.show_phase(None)
        assert reader.phases() == {}
        writer.show_phase("record")
    assert reader.phases() == {}


def test_the_first_process_writes_the_run_and_a_resumed_one_keeps_the_cells(run: Path) -> None:
    with writing(run) as writer:
        assert writer.write_run(about(run, (1, 2, 3, 4)))
        assert not writer.write_run(about(run, (9,)))
    with writing(run, session="two", resume=True) as writer:
        assert writer.write_run(about(run, (3, 5), session="two"))
    record = RunReader(run).run
    assert record.session == "two"
    assert record.cells == tuple(started(number).key for number in (1, 2, 3, 4, 5))


def test_a_merged_order_keeps_neighbours() -> None:
    assert merge_order("ab", "abc") == ("a", "b", "c")
    assert merge_order("axb", "ab") == ("a", "x", "b")
    assert merge_order("b", "abc") == ("a", "b", "c")
    assert merge_order("", "ab") == ("a", "b")
    assert merge_order("ab", "") == ("a", "b")


@pytest.mark.needs_git
def test_git_sees_nothing_of_the_runs(run: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with writing(run) as writer:
        write_cell(writer, finished(1))
    status = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(status, check=True, capture_output=True).stdout == b""


def test_a_folder_with_other_things_stays_visible_to_git(run: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "mine.txt").write_text("")
    with writing(run):
        pass
    assert not (folder / ".gitignore").exists()
    assert (folder / "runs" / ".gitignore").read_text() == "*\n"
