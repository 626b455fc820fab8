from __future__ import annotations

import io
import os
import pty
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_harness.reports.descriptor import open_terminal
from pytest_harness.reports.live import Phases
from pytest_harness.reports.terminal import LiveLine, write_summary
from pytest_harness.vocabulary import Fault
from tests.reports.samples import Run, cell, write_run


class Reporter:
    """As much of a terminal reporter as the summary uses."""

    def __init__(self, verbosity: int = 0) -> None:
        self.verbosity = verbosity
        self.out = io.StringIO()

    def write_sep(self, sep: str, title: str, **markup: bool) -> None:
        self.out.write(f"{sep * 3} {title} {sep * 3}\n")

    def write_line(self, line: str, **markup: bool) -> None:
        self.out.write(f"{line}\n")


def summary(run: Path, verbosity: int = 0) -> str:
    reporter = Reporter(verbosity)
    write_summary(reporter, run)  # type: ignore[arg-type]
    return reporter.out.getvalue()


def test_the_summary_has_the_matrix_the_faults_and_the_ledger(sample: Run) -> None:
    text = summary(sample.path)
    assert "=== harness ===" in text
    assert "codex@gpt-5.5" in text
    assert "0.750 (n=2, 1 fault)" in text
    assert "6 cells; 2 not counted: auth 1, unfinished 1" in text
    assert text.rstrip().endswith(f"ledger: {sample.path / 'ledger.jsonl'}")
    assert "fake" not in text


def test_the_summary_says_that_the_backend_was_only_the_default(tmp_path: Path) -> None:
    run = write_run(tmp_path, [cell(backend="fake", model=None)], defaulted=True)
    assert "no backend was named" in summary(run.path)


def test_nothing_is_written_when_silent_or_when_no_cell_ran(sample: Run, tmp_path: Path) -> None:
    assert summary(sample.path, -2) == ""
    assert summary(tmp_path / "nowhere") == ""
    empty = write_run(tmp_path, [], name="empty")
    assert summary(empty.path) == ""


def test_a_run_of_faults_alone_has_a_summary(tmp_path: Path) -> None:
    run = write_run(tmp_path, [cell(fault=Fault.AUTH)])
    assert "- (1 fault)" in summary(run.path)


def test_what_is_missing_and_its_remedy_stand_there_once(tmp_path: Path) -> None:
    reason = "the program codex was not found; npm install -g @openai/codex"
    lacking = [cell(trial=n, fault=Fault.UNAVAILABLE, reason=reason) for n in (1, 2)]
    assert summary(write_run(tmp_path, lacking).path).count(reason) == 1


def test_phases_are_read_without_their_seconds_and_dead_workers_are_ignored(tmp_path: Path) -> None:
    phases = Phases(tmp_path / "live")
    assert phases.read() == []
    (tmp_path / "live").mkdir()
    (tmp_path / "live/gw1").write_text("b[t1] proposal 1/3: propose 12 s")
    (tmp_path / "live/gw0").write_text("a[t1] proposal 1/3: evaluate\n")
    (tmp_path / "live/.temporary").write_text("half")
    (tmp_path / "live/gw2").write_text("")
    read = phases.read()
    assert [(worker, phase) for worker, phase, _ in read] == [
        ("gw0", "a[t1] proposal 1/3: evaluate"),
        ("gw1", "b[t1] proposal 1/3: propose"),
    ]
    phases.ignored.add("gw1")
    assert [worker for worker, _, _ in phases.read()] == ["gw0"]


@pytest.fixture
def pipe() -> Iterator[tuple[Callable[[], str], int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def read() -> str:
        try:
            return os.read(reading, 65536).decode()
        except BlockingIOError:
            return ""

    yield read, writing
    os.close(reading)


def until(read: Callable[[], str], found: Callable[[str], bool]) -> str:
    text, deadline = "", time.monotonic() + 60
    while not found(text):
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
        text += read()
    return text


def test_without_a_terminal_every_change_is_one_plain_line(
    tmp_path: Path, pipe: tuple[Callable[[], str], int]
) -> None:
    read, writing = pipe
    live = tmp_path / "live"
    live.mkdir()
    line = LiveLine(writing, live, column=lambda: 7)
    (live / "main").write_text("a[t1] proposal 1/1: propose 1 s")
    line.start()
    line.start()
    text = until(read, lambda text: "propose" in text)
    (live / "main").write_text("a[t1] proposal 1/1: propose 2 s")
    (live / "main").write_text("a[t1] proposal 1/1: evaluate 0 s")
    text += until(read, lambda text: "evaluate" in text)
    line.stop()
    line.stop()
    assert text == "\na[t1] proposal 1/1: propose\na[t1] proposal 1/1: evaluate\n"
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(writing)


def test_silence_draws_nothing(tmp_path: Path, pipe: tuple[Callable[[], str], int]) -> None:
    read, writing = pipe
    line = LiveLine(writing, tmp_path, verbosity=-2)
    (tmp_path / "main").write_text("a[t1]: propose")
    line.start()
    line.stop()
    assert read() == ""


def test_on_a_terminal_the_line_stands_behind_the_cursor_and_is_cleared(tmp_path: Path) -> None:
    parent, child = pty.openpty()
    os.set_blocking(parent, False)

    def read() -> str:
        try:
            return os.read(parent, 65536).decode()
        except BlockingIOError:
            return ""

    try:
        (tmp_path / "gw0").write_text("a[t1] proposal 1/3: propose")
        (tmp_path / "gw1").write_text("b[t1] proposal 2/3: evaluate " + "x" * 200)
        line = LiveLine(child, tmp_path, column=lambda: 10)
        line.start()
        text = until(read, lambda text: text.endswith("\x1b8"))
        line.clear()
        cleared = until(read, lambda text: "\x1b[K" in text)
        line.ignore("gw0")
        (tmp_path / "gw1").unlink()
        line.stop()
    finally:
        os.close(parent)
    drawn = text.rpartition("\x1b7")[2]
    shown = drawn.partition("\x1b[2m")[2].partition("\x1b[0m")[0]
    assert shown.startswith("  a[t1] proposal 1/3: propose 0 s | b[t1] proposal 2/3")
    assert shown.endswith("...")
    assert len(shown) <= 80 - 10 - 1
    assert "\n" not in drawn
    assert cleared.endswith("\x1b[K")


def test_no_descriptor_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert open_terminal() is None
    line = LiveLine(None, tmp_path)
    line.start()
    line.clear()
    line.stop()


def test_the_terminal_is_duplicated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        descriptor = open_terminal()
        assert descriptor is not None
        os.write(descriptor, b"x")
        os.close(descriptor)
    assert (tmp_path / "out").read_text() == "x"
