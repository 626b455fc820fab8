"""Plugins that end or repeat tests: no fault of the agent, no cell bought twice, no line twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pytest_harness.vocabulary import CellStatus, Fault
from tests.plugin.conftest import Project
from tests.plugin.processes import Sessions

TESTS = """
import time

def agent(workspace):
    with open({log!r}, "a") as file:
        file.write("bought\\n")
    (workspace / "a.txt").write_text({text!r})

@harness_target(trials={trials})
def greeting():
    return target(solution=agent, checks=[
        FileContains("all", "a.txt", ["all"]), Command("runs", {script!r}, timeout=600)])

def test_solves(greeting):
    assert greeting.best.score == 1.0

def test_knows(greeting):
    assert greeting.best.score == 1.0
"""

SLOWLY = "if grep -q all a.txt; then sleep 600; fi"


@pytest.fixture
def sessions(project: Project, tmp_path: Path) -> Sessions:
    return Sessions(project, tmp_path / "base")


def write(
    sessions: Sessions, *, text: str = "hello all\n", script: str = "true", trials: int = 1
) -> None:
    sessions.project.write(
        TESTS.format(log=str(sessions.log), text=text, script=script, trials=trials)
    )


def lines(sessions: Sessions) -> Counter[str]:
    return Counter(test.nodeid for test in sessions.project.reader("run").tests())


def test_a_time_out_of_pytest_timeout_is_no_fault_of_the_agent(sessions: Sessions) -> None:
    write(sessions, script=SLOWLY)
    result = sessions.run("--timeout=4")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Timeout (>4.0s) from pytest-timeout" in result.stdout
    assert "greeting[fake-t1] says nothing about the agent (interrupted)" in result.stdout
    (cell,) = sessions.cells().values()
    assert cell.fault is Fault.INTERRUPTED
    assert cell.candidates[1].proposal is not None
    assert sessions.events("bought") == 1
    assert set(lines(sessions).values()) == {1}
    assert not sessions.alive()
    assert not sessions.staged()


@pytest.mark.slow
def test_a_worker_that_pytest_timeout_kills_is_said_to_have_died(sessions: Sessions) -> None:
    write(sessions, script=SLOWLY)
    result = sessions.run("--timeout=4", "--timeout-method=thread", "-n2", "--dist=loadfile")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "died in it; continue the run with --harness-resume" in result.stdout
    assert "INTERNALERROR" not in result.stdout
    assert [cell.status for cell in sessions.project.reader("run").unfinished()] == [
        CellStatus.STARTED
    ]
    assert sessions.events("bought") == 1
    sessions.wait_for(lambda: not sessions.alive())


def test_repeated_tests_buy_nothing_and_have_one_line(
    sessions: Sessions, mode: tuple[str, ...]
) -> None:
    write(sessions, text="goodbye\n", trials=2)
    result = sessions.run("--reruns=2", *mode)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "8 rerun" in result.stdout
    assert sessions.events("bought") == 2
    assert set(lines(sessions).values()) == {1}
    assert {test.outcome for test in sessions.project.reader("run").tests()} == {"failed"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-x",),
        ("--maxfail=2", "-n2"),
        pytest.param(("--maxfail=2",), marks=pytest.mark.slow),
        pytest.param(("-x", "-n2"), marks=pytest.mark.slow),
        pytest.param(("-x", "-n4"), marks=pytest.mark.slow),
    ],
)
def test_stopping_early_loses_no_record(sessions: Sessions, arguments: tuple[str, ...]) -> None:
    write(sessions, text="goodbye\n", trials=6)
    result = sessions.run(*arguments)
    assert result.returncode in {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
    assert "INTERNALERROR" not in result.stdout
    assert len(sessions.cells()) == sessions.events("bought")
    assert not list(sessions.project.reader("run").unfinished())
    assert set(lines(sessions).values()) == {1}


CODEX = ("--harness-backend=codex", "--harness-timeout=300")
NOTICE = "pytest-timeout ends a test after 60 s, its set-up included, and a proposal may take 300 s"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*CODEX, "--timeout=60"), 1),
        ((*CODEX, "--timeout=60", "-n2"), 1),
        ((*CODEX, "--timeout=60", "-o", "timeout_func_only=true"), 0),
        ((*CODEX, "--timeout=301"), 0),
        (("--timeout=60", "--harness-timeout=300"), 0),
    ],
)
def test_a_time_out_that_is_too_short_is_named_once(
    project: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: int
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert project.run(*arguments).stdout.str().count(NOTICE) == said


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("HARNESS_BACKND", "HARNESS_BACKND means nothing; did you mean HARNESS_BACKEND?"),
        ("HARNESS_TIME_OUT", "HARNESS_TIME_OUT means nothing; did you mean HARNESS_TIMEOUT?"),
    ],
)
def test_a_misspelt_variable_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch, variable: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, "3")
    arguments = ("-n2",) if variable == "HARNESS_TIME_OUT" else ()
    assert project.run(*arguments).stdout.str().count(sentence) == 1


@pytest.mark.parametrize("variable", ["HARNESS_PROJECT_ID", "HARNESS_BUILD_ID", "MY_HARNESS"])
def test_other_variables_are_left_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "3")
    assert "means nothing" not in project.run().stdout.str()


@pytest.mark.parametrize(
    ("value", "why"),
    [(None, "it is not set"), ("4711", "shorter than 8 characters"), ("4711-0815", None)],
)
def test_what_is_to_be_hidden_and_is_not(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: str | None, why: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("CUSTOMER", value)
    said = project.run("--harness-secrets=CUSTOMER").stdout.str()
    assert said.count("nothing is hidden of CUSTOMER") == (why is not None)
    assert why is None or why in said
