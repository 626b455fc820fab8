"""One session writes a run; another waits until all its processes are dead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.errors import LedgerError, RunInUseError
from pytest_harness.ledger import RunReader, RunWriter, check_free

from .samples import about, finished, process, say, started, used, write_cell, writing


def test_a_second_session_is_refused_while_the_first_lives(run: Path) -> None:
    with process("hold", run, "one", "main") as first:
        assert say(first) == "open"
        for resume in (False, True):
            with pytest.raises(
                RunInUseError, match=f"'first' is being written by process {first.pid}"
            ):
                check_free(run, "two", resume=resume)
            with pytest.raises(RunInUseError, match="wait for it or choose another"):
                RunWriter(run, "two", "main").open(resume=resume)


def test_it_takes_over_once_the_first_was_killed(run: Path) -> None:
    with process("die-in-cell", run, "one", "main") as first:
        assert [say(first), say(first)] == ["open", "started"]
        assert RunReader(run).phases() == {"main": "evaluate target"}
    check_free(run, "two", resume=True)
    with writing(run, session="two", resume=True) as writer:
        assert RunReader(run).phases() == {}
        directory = writer.cell_directory("target", "fake-t1")
        left = writer.read(directory)
        assert left is not None
        assert left.session == "one"
        write_cell(writer, finished(1, session="two"))
        writer.write_run(about(run, (1,), session="two"))
    assert [cell.session for cell in RunReader(run).cells()] == ["two"]


def test_a_worker_that_outlives_its_controller_keeps_the_run(run: Path) -> None:
    with process("hold", run, "one", "gw0") as worker:
        assert say(worker) == "open"
        with process("hold", run, "one", "main") as controller:
            assert say(controller) == "open"
        with pytest.raises(RunInUseError, match=f"by process {worker.pid}"):
            RunWriter(run, "two", "main").open(resume=True)
    with writing(run, session="two", resume=True):
        pass


def test_a_first_process_keeps_the_directories_that_a_second_is_making(run: Path) -> None:
    with writing(run):
        before = (run / "live").stat().st_ino
    (run / "live" / "gw7").write_text("what a dead process did\n")
    with writing(run, session="two", resume=True):
        assert RunReader(run).phases() == {}
        assert (run / "live").stat().st_ino == before


def test_processes_of_one_session_share_the_run(run: Path) -> None:
    with writing(run) as writer, process("write", run, "one", "gw0", 1, 3) as worker:
        writer.write_run(about(run, (1, 2)))
        assert say(worker) == "open"
        check_free(run, "one", resume=False)
        assert worker.wait(60) == 0
    assert len(RunReader(run).unfinished()) == 0
    assert (run / "ledger.jsonl").read_bytes().count(b'"line":"cell"') == 2


def test_a_forked_child_does_not_keep_the_run(run: Path) -> None:
    writer = RunWriter(run, "one", "main")
    writer.open(resume=False)
    ready, child_says = os.pipe()
    reading, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing_end)
        os.write(child_says, b"x")
        os.read(reading, 1)
        os._exit(0)
    try:
        os.close(reading)
        os.read(ready, 1)
        os.close(ready)
        os.close(child_says)
        writer.close()
        check_free(run, "two", resume=False)
    finally:
        os.close(writing_end)
        os.waitpid(child, 0)


def test_a_finished_run_is_continued_only_when_asked(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1,)))
        write_cell(writer, finished(1))
    with pytest.raises(RunInUseError, match="run 'first' exists; choose another") as refused:
        check_free(run, "two", resume=False)
    assert "--harness-resume" in str(refused.value)
    with pytest.raises(RunInUseError, match="exists"):
        RunWriter(run, "two", "main").open(resume=False)
    check_free(run, "two", resume=True)


def test_a_session_may_come_back_to_its_own_run(run: Path) -> None:
    for number in (1, 2):
        with writing(run) as writer:
            writer.write_run(about(run, (1, 2)))
            write_cell(writer, finished(number))
            writer.open(resume=False)
    assert [cell.key for cell in RunReader(run).cells()] == [started(1).key, started(2).key]


def test_checking_writes_nothing(tmp_path: Path, run: Path) -> None:
    check_free(run, "one", resume=False)
    assert list(tmp_path.iterdir()) == []


def test_several_processes_write_whole_lines_and_each_cell_once(run: Path) -> None:
    cells = 40
    with writing(run) as writer:
        writer.write_run(about(run, tuple(range(1, cells))))
        with (
            process("write", run, "one", "gw0", 1, cells) as first,
            process("write", run, "one", "gw1", 1, cells) as second,
            process("write", run, "one", "gw2", 1, cells) as third,
        ):
            assert [each.wait(60) for each in (first, second, third)] == [0, 0, 0]
        assert writer.sweep() == 0
    reader = RunReader(run)
    assert [cell.key for cell in reader.cells()] == [started(n).key for n in range(1, cells)]
    assert len(list(reader.tests())) == 3 * (cells - 1)
    assert (run / "ledger.jsonl").read_bytes().count(b"\n") == 4 * (cells - 1)


def test_a_read_only_place_is_said_in_one_sentence(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(LedgerError, match="is read-only; choose another --harness-dir"):
        check_free(run, "one", resume=False)


def test_a_file_in_the_way_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = tmp_path / "file" / "runs" / "first"
    with pytest.raises(LedgerError, match="file is not a directory; choose another --harness-dir"):
        check_free(run, "one", resume=False)
    with pytest.raises(LedgerError, match="cannot be written"):
        RunWriter(run, "one", "main").open(resume=False)


def test_a_directory_that_vanished_is_said_in_one_sentence(run: Path) -> None:
    with writing(run) as writer:
        directory = writer.cell_directory("target", "fake-t1")
        writer.show_phase(None)
        run.rename(run.with_name("moved"))
        with pytest.raises(LedgerError, match="its directory is gone; leave the run's directory"):
            writer.append_test(used(1))
        with pytest.raises(LedgerError, match="its directory is gone"):
            writer.start(directory, started(1))
