"""``--harness-baseline`` compares with an earlier run, ``--harness-fail-on-regression`` gates."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Project, Refused

TWO = """
@harness_target
def first():
    return target(kind="task", solution="sol-first")

@harness_target
def second():
    return target(kind="task", solution="sol-second")

def test_first(first):
    assert first.attempt.score is not None

def test_second(second):
    assert second.attempt.score is not None
"""
BEFORE = "--harness-baseline=before"
GATE = "--harness-fail-on-regression"


@pytest.fixture
def project(project: Project) -> Project:
    """A project with two targets."""
    project.write(TWO)
    return project


@pytest.fixture
def played(project: Project) -> Project:
    """The project with a run ``before`` that passed in `first` and failed in `second`."""
    play(project, "first", "--harness-run-name=before").assert_outcomes(passed=2)
    return project


def solve(project: Project, solved: str) -> None:
    """Let the solutions of the targets that are named be right, and those of others wrong."""
    for name in ("first", "second"):
        folder = project.path / f"sol-{name}"
        folder.mkdir(exist_ok=True)
        (folder / "a.txt").write_text("hello all\n" if name in solved else "bye\n")


def play(project: Project, solved: str, *arguments: str) -> pytest.RunResult:
    """Run both targets with a model that solves those that are named."""
    solve(project, solved)
    return project.run("--harness-backend=model@mock:mock", *arguments)


def test_regressions_and_recoveries_are_shown(played: Project) -> None:
    result = play(played, "second", BEFORE)
    result.assert_outcomes(passed=2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["beside before: 1 regression; 1 recovery;*"])
    result.stdout.fnmatch_lines(["regression *first*"])
    (found,) = played.path.glob(".harness/runs/latest/evidence/baseline.json")
    document = json.loads(found.read_text())
    assert document["counts"]["regression"] == 1
    assert document["lift_points"] == 0.0


def test_a_regression_fails_the_session_where_that_is_wanted(
    played: Project, mode: tuple[str, ...]
) -> None:
    result = play(played, "second", BEFORE, GATE, *mode)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*a regression fails the session*"])


def test_without_a_regression_the_gate_is_open(played: Project) -> None:
    result = play(played, "first second", BEFORE, GATE)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["beside before: 0 regressions; 1 recovery;*+50.0 points*"])


def test_any_backend_can_be_compared(project: Project) -> None:
    solve(project, "first")
    project.run("--harness-backend=fake", "--harness-run-name=faked").assert_outcomes(passed=2)
    result = project.run("--harness-backend=fake", "--harness-baseline=faked")
    result.stdout.fnmatch_lines(["beside faked: 0 regressions; 0 recoveries;*"])


def test_a_baseline_that_is_not_there_is_refused(project: Project, refused: Refused) -> None:
    refused(play(project, "", "--harness-baseline=nowhere"), "nowhere")


def test_a_gate_needs_a_baseline(project: Project, refused: Refused) -> None:
    refused(play(project, "", GATE), "name it with --harness-baseline")


def test_a_run_is_not_its_own_baseline(played: Project, refused: Refused) -> None:
    refused(
        play(played, "", BEFORE, "--harness-run-name=before", "--harness-resume"),
        "is the run itself; name an earlier one",
    )
