"""A cell is bought once, whoever asks for it and however."""

from __future__ import annotations

import pytest

from pytest_harness.vocabulary import CellStatus
from tests.plugin.conftest import Project

COUNTED = """
import os

def agent(workspace):
    with open({log!r}, "a") as log:
        log.write(f"{{os.getpid()}}\\n")
    (workspace / "a.txt").write_text("hello all\\n")

@harness_target(trials=3)
def greeting():
    return target(solution=agent)

@pytest.mark.parametrize("number", range(4))
def test_many(greeting, number):
    assert greeting.best.score == 1.0
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("-n0",),
        ("-n2", "--dist=load"),
        ("-n2", "--dist=loadfile"),
        ("-n2", "--dist=worksteal"),
        ("-n2", "--dist=each"),
    ],
)
def test_one_proposal_per_cell(project: Project, arguments: tuple[str, ...]) -> None:
    log = project.path / "bought.log"
    project.write(COUNTED.format(log=str(log)))
    result = project.run(*arguments)
    result.assert_outcomes(passed=24 if arguments[-1] == "--dist=each" else 12)
    assert len(log.read_text().splitlines()) == 3
    assert len(project.cells()) == 3


def test_a_cell_whose_worker_died_is_not_bought_again(project: Project) -> None:
    log = project.path / "bought.log"
    project.write(
        f"""
import os
from dataclasses import dataclass
from pytest_harness import Check

@dataclass(frozen=True)
class Deadly(Check):
    def grade(self, context):
        with open({str(log)!r}, "a") as log:
            log.write("x\\n")
        os._exit(3)

@harness_target
def greeting():
    return target(checks=[Deadly("deadly")])

@pytest.mark.parametrize("number", range(3))
def test_many(greeting, number):
    pass
"""
    )
    result = project.run("-n2", "--junitxml=report.xml")
    assert result.parseoutcomes()["failed"] + result.parseoutcomes().get("errors", 0) == 3
    assert log.read_text() == "x\n"
    result.stdout.fnmatch_lines(["*died in it; continue the run with --harness-resume*"])
    reader = project.reader()
    assert [cell.status for cell in reader.unfinished()] == [CellStatus.STARTED]
    lines = list(reader.tests())
    assert sorted(line.outcome for line in lines) == ["error"] * 3
    crashed = (project.path / "report.xml").read_text()
    assert crashed.count('name="harness.cell"') == 3


def test_another_content_under_the_same_identity_is_an_error(project: Project) -> None:
    project.write(
        """
@harness_target
def greeting(request):
    return target(objective=request.node.name)

def test_one(greeting):
    assert greeting.best.score == 1.0

def test_two(greeting):
    assert greeting.best.score == 1.0
"""
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*was asked for twice with different contents*"])


def test_a_task_evaluates_its_baseline_once(project: Project) -> None:
    log = project.path / "graded.log"
    project.write(
        f"""
@harness_target(trials=3)
def greeting():
    return target(kind="task", checks=[
        Command("all", "echo x >> {log}; grep -q all a.txt"),
    ])

def test_solved(greeting):
    assert greeting.attempt.score == 1.0
    assert greeting.outcome == "keep"
"""
    )
    project.run().assert_outcomes(passed=3)
    assert len(log.read_text().splitlines()) == 1 + 3
