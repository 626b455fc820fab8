"""What --harness-resume keeps and runs again, and which runs are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.ledger import RunWriter
from tests.plugin.conftest import Project, Refused

LOGGED = """
import os

def agent(workspace):
    with open({log!r}, "a") as log:
        log.write("bought\\n")
    {before}
    (workspace / "a.txt").write_text("hello all\\n")

@harness_target(trials=2)
def greeting():
    return target(solution=agent, objective={objective!r})

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""

NAMED = ("--harness-run-name=mine",)
RESUMED = (*NAMED, "--harness-resume")


@pytest.fixture
def log(project: Project) -> Path:
    return project.path / "bought.log"


def write(project: Project, log: Path, *, before: str = "pass", objective: str = "Greet.") -> None:
    project.write(LOGGED.format(log=str(log), before=before, objective=objective))


def bought(log: Path) -> int:
    return len(log.read_text().splitlines())


def test_finished_cells_are_kept(project: Project, log: Path) -> None:
    write(project, log)
    project.run(*NAMED).assert_outcomes(passed=2)
    project.run(*RESUMED).assert_outcomes(passed=2)
    assert bought(log) == 2
    assert [cell.outcome for cell in project.cells()] == ["keep", "keep"]


def test_cells_that_failed_by_a_fault_run_again(project: Project, log: Path) -> None:
    sign = project.path / "broken"
    sign.write_text("")
    fails = f"assert not os.path.exists({str(sign)!r}) or 't1' not in str(workspace)"
    write(project, log, before=fails)
    project.run(*NAMED).assert_outcomes(passed=1, errors=1)
    assert sorted(str(cell.fault) for cell in project.cells()) == ["None", "internal"]
    sign.unlink()
    project.run(*RESUMED).assert_outcomes(passed=2)
    assert bought(log) == 3
    assert [cell.fault for cell in project.cells()] == [None, None]


def test_cells_that_have_changed_run_again(project: Project, log: Path) -> None:
    write(project, log)
    project.run(*NAMED).assert_outcomes(passed=2)
    old = {cell.fingerprint for cell in project.cells()}
    write(project, log, objective="Greet everyone.")
    project.run(*RESUMED).assert_outcomes(passed=2)
    assert bought(log) == 4
    assert len(project.cells()) == 2
    assert old.isdisjoint(cell.fingerprint for cell in project.cells())


def test_what_an_earlier_attempt_left_is_kept_apart(project: Project, log: Path) -> None:
    write(project, log)
    project.run(*NAMED)
    write(project, log, objective="Greet everyone.")
    project.run(*RESUMED)
    earlier = list(project.path.glob(".harness/runs/mine/cells/*/*/earlier/0001/candidates/c0001"))
    assert len(earlier) == 2


def test_resume_without_a_name_continues_the_latest(project: Project, log: Path) -> None:
    write(project, log)
    project.run()
    project.run("--harness-resume").assert_outcomes(passed=2)
    assert bought(log) == 2
    assert len(project.runs()) == 1


def test_only_what_is_selected_runs_and_the_rest_is_kept(project: Project, log: Path) -> None:
    write(project, log)
    project.run(*NAMED, "-k", "t1").assert_outcomes(passed=1, deselected=1)
    project.run(*RESUMED, "-k", "t2").assert_outcomes(passed=1, deselected=1)
    assert bought(log) == 2
    assert len(project.cells()) == 2


def test_an_existing_name_without_resume_is_refused(
    project: Project, log: Path, mode: tuple[str, ...], refused: Refused
) -> None:
    write(project, log)
    project.run(*NAMED)
    refused(
        project.run(*NAMED, *mode),
        "run 'mine' exists; choose another --harness-run-name or continue it with --harness-resume",
    )
    assert bought(log) == 2


def test_a_run_that_is_being_written_is_refused(
    project: Project, log: Path, mode: tuple[str, ...], refused: Refused
) -> None:
    write(project, log)
    writer = RunWriter(project.path / ".harness/runs/mine", "another", "main")
    writer.open(resume=False)
    try:
        refused(project.run(*RESUMED, *mode), "run 'mine' is being written by process ")
    finally:
        writer.close()
    assert not log.exists()


def test_a_file_in_the_place_of_the_directory_is_refused(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    (project.path / "taken").write_text("")
    refused(
        project.run("--harness-dir=taken", *mode),
        "taken is not a directory; choose another --harness-dir",
    )


def test_a_file_in_the_place_of_the_usual_directory_is_refused(
    project: Project, refused: Refused
) -> None:
    (project.path / ".harness").write_text("")
    refused(project.run(), ".harness")


def test_a_place_that_cannot_be_written_is_refused(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    refused(project.run("--harness-dir=/proc/nowhere", *mode), "choose another --harness-dir")
