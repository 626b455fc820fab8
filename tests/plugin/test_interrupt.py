"""Ctrl-C, and what CI sends to cancel: nothing is lost, nothing lives on, and it can go on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_harness.records import CellRecord
from pytest_harness.vocabulary import Fault, Outcome
from tests.plugin.conftest import Project
from tests.plugin.processes import MARK, WITHIN, Sessions

TESTS = """
import time

SLOW = Path({folder!r}, "slow")

def agent(workspace):
    log = Path({folder!r}, "events.log")
    with log.open("a") as file:
        file.write("proposal\\n")
    if SLOW.exists() and SLOW.read_text() == "proposal" and "t1" not in str(workspace):
        with log.open("a") as file:
            file.write("waiting\\n")
        time.sleep(600)
    (workspace / "a.txt").write_text("hello all\\n")

SCRIPT = '''
if grep -q check {folder}/slow && grep -q all a.txt && [ "${{PWD#*t1}}" = "$PWD" ]; then
    echo waiting >> {folder}/events.log
    trap "" TERM
    sleep 600 & setsid sleep 600 & sleep 600
fi
true
'''

@harness_target(trials=4)
def greeting():
    return target(solution=agent, env={{{mark!r}: {value!r}}}, checks=[
        FileContains("all", "a.txt", ["all"]), Command("runs", SCRIPT, timeout=600)])

def test_improves(greeting):
    assert greeting.best.score > greeting.baseline.score

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""

TOLD_TWICE = """
import os, signal, sys
from pytest_harness.interrupts import Interrupts, Role

def leave(number):
    sys.exit(f"left for {number.name}")

def tell_again(frame, event, argument):
    if event == "line":
        os.kill(os.getpid(), signal.SIGINT)
    return tell_again

signal.signal(signal.SIGINT, signal.default_int_handler)
interrupts = Interrupts(leave)
interrupts.install(Role.WORKER)
with interrupts.held():
    sys.settrace(tell_again)
    os.kill(os.getpid(), signal.SIGINT)
    sys.settrace(None)
    print("written down")
"""

AGAIN = "continue with --harness-resume"
CELLS = 4


@pytest.fixture
def sessions(project: Project, tmp_path: Path) -> Sessions:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc to see who is alive")
    made = Sessions(project, tmp_path / "base")
    project.write(TESTS.format(folder=str(project.path), mark=MARK, value=str(made.base)))
    return made


def interrupted(sessions: Sessions) -> list[CellRecord]:
    """Check that nothing is left and nothing is lost; return the cells that were cut short."""
    sessions.wait_for(lambda: not sessions.alive())
    cells = sessions.cells().values()
    for cell in cells:
        if cell.fault is None:
            assert cell.outcome is Outcome.KEEP
        else:
            assert cell.fault is Fault.INTERRUPTED
            assert "ended" in cell.reason
    return [cell for cell in cells if cell.fault is not None]


def continues(sessions: Sessions, *arguments: str) -> None:
    """Check that the run can be continued to the end that it would have had."""
    (sessions.project.path / "slow").unlink()
    before = sessions.cells()
    result = sessions.run("--harness-resume", *arguments)
    assert result.returncode == pytest.ExitCode.OK, result.stdout
    after = sessions.cells()
    assert {cell.outcome for cell in after.values()} == {Outcome.KEEP}
    assert len(after) == CELLS
    kept = [each for each in before.values() if each.fault is None]
    assert all(after[each.id] == each for each in kept)
    assert not sessions.staged()


def clean(text: str) -> None:
    """Check that nothing is printed that is not meant for a user."""
    for word in ("Traceback", "INTERNALERROR", "Error:", "crashed", "pytest_harness/"):
        assert word not in text


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        pytest.param((), "proposal", id="alone"),
        pytest.param(("-n2",), "check", id="n2"),
        pytest.param((), "check", id="alone-check", marks=pytest.mark.slow),
        pytest.param(("-n2",), "proposal", id="n2-proposal", marks=pytest.mark.slow),
        pytest.param(("-n4",), "proposal", id="n4-proposal", marks=pytest.mark.slow),
        pytest.param(("-n4",), "check", id="n4-check", marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_keeps_what_was_paid_for(
    sessions: Sessions, arguments: tuple[str, ...], slow: str
) -> None:
    (sessions.project.path / "slow").write_text(slow)
    terminal = sessions.on_terminal(*arguments)
    sessions.wait_for(lambda: sessions.events("waiting"))
    terminal.press()
    assert terminal.wait() == pytest.ExitCode.INTERRUPTED
    assert f"ended by Ctrl-C; {AGAIN}" in terminal.text
    clean(terminal.text)
    assert not sessions.staged()
    cut = interrupted(sessions)
    proposed = [cell.candidates[1] for cell in cut if len(cell.candidates) > 1]
    assert proposed
    assert all(candidate.proposal is not None for candidate in proposed)
    continues(sessions, *arguments)


@pytest.mark.parametrize(
    ("number", "name", "arguments"),
    [
        pytest.param(signal.SIGTERM, "SIGTERM", ("-n2",), id="term-n2", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "SIGTERM", (), id="term"),
        pytest.param(signal.SIGINT, "Ctrl-C", (), id="int", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "Ctrl-C", ("-n2",), id="int-n2", marks=pytest.mark.slow),
    ],
)
def test_a_signal_to_pytest_alone_reaches_its_workers(
    sessions: Sessions, number: signal.Signals, name: str, arguments: tuple[str, ...]
) -> None:
    (sessions.project.path / "slow").write_text("proposal")
    terminal = sessions.on_terminal(*arguments)
    sessions.wait_for(lambda: sessions.events("waiting"))
    terminal.kill(number)
    assert terminal.wait() == pytest.ExitCode.INTERRUPTED
    assert f"ended by {name}; {AGAIN}" in terminal.text
    clean(terminal.text)
    assert interrupted(sessions)
    continues(sessions, *arguments)


@pytest.mark.parametrize("presses", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "arguments", [pytest.param((), id="alone"), pytest.param(("-n2",), marks=pytest.mark.slow)]
)
def test_a_second_ctrl_c_ends_at_once(
    sessions: Sessions, arguments: tuple[str, ...], presses: int
) -> None:
    (sessions.project.path / "slow").write_text("check")
    terminal = sessions.on_terminal(*arguments)
    sessions.wait_for(lambda: sessions.events("waiting"))
    for press in range(presses):
        terminal.press()
        if press == 0:
            sessions.wait_for(lambda: terminal.shows("press Ctrl-C again"))
    assert terminal.wait() in {pytest.ExitCode.INTERRUPTED, -signal.SIGINT}
    clean(terminal.text)
    interrupted(sessions)
    assert not sessions.staged() or arguments
    continues(sessions, *arguments)


def test_a_worker_that_is_told_again_at_any_line_of_its_handler_writes_its_cell_down() -> None:
    # A terminal and the controller both tell a worker, at nearly the same time.
    result = subprocess.run(
        [sys.executable, "-c", TOLD_TWICE],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert result.stdout == "written down\n"
    assert result.stderr == "left for SIGINT\n"
