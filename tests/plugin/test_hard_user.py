"""What a user may do to a project with targets, and what must then be left behind."""

from __future__ import annotations

import pytest

from pytest_harness.cli.choosing import find_winner
from pytest_harness.errors import TargetError
from tests.plugin.conftest import Project


def test_a_collection_error_leaves_no_run_behind(project: Project) -> None:
    project.write("raise ValueError('broken')", "test_broken.py")
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert project.runs() == []


def test_tests_run_despite_a_collection_error_are_recorded(project: Project) -> None:
    project.write("raise ValueError('broken')", "test_broken.py")
    project.run("--continue-on-collection-errors")
    assert len(project.cells()) == 1


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan"])
def test_a_plan_of_set_ups_leaves_no_run_behind(project: Project, option: str) -> None:
    result = project.run(option)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*SETUP*F greeting*"])
    assert project.runs() == []


def test_without_the_plugin_a_target_says_why_it_cannot_be_used(project: Project) -> None:
    result = project.run("-p", "no:harness")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*needs the plugin pytest-harness, which is switched off*"])
    assert "Traceback" not in result.stdout.str()


def test_a_target_function_may_have_defaults_and_any_parameters(project: Project) -> None:
    project.write(
        """
@pytest.fixture
def word():
    return "all"

@harness_target
def one(word, times=1, *, extra=None):
    return target(objective=word * times)

@harness_target
def two(request, times=1):
    return target(objective=request.node.name)

def test_one(one):
    assert one.best.score == 1.0

def test_two(two):
    assert two.best.score == 1.0
"""
    )
    project.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "statement",
    ["raise SystemExit(3)", "raise RuntimeError('not UTF-8: \\udcff, red: \\x1b[31m, zero: \\0')"],
    ids=["exit", "surrogate"],
)
def test_a_solution_that_fails_is_an_error_of_its_cell_alone(
    project: Project, statement: str
) -> None:
    project.write(
        f"""
def bad(workspace):
    {statement}

def good(workspace):
    (workspace / "a.txt").write_text("hello all")

@pytest.fixture(params=[bad, good])
def solution(request):
    return request.param

@harness_target
def greeting(solution):
    return target(solution=solution)

def test_it(greeting):
    assert greeting.best.score == 1.0
"""
    )
    result = project.run("--junitxml=junit.xml")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the solution cannot be applied: *"])
    assert "INTERNALERROR" not in result.stdout.str()
    assert [str(cell.fault) for cell in project.cells()].count("internal") == 1


def test_one_cell_is_no_cells(project: Project) -> None:
    project.run().stdout.fnmatch_lines(["harness: 1 cell, *"])


def test_cells_that_share_an_id_are_chosen_by_what_tells_them_apart(project: Project) -> None:
    project.write(
        """
@pytest.fixture(params=["all", "all of you"])
def words(request):
    return request.param

@harness_target
def greeting(words):
    return target(solution=lambda ws: (ws / "a.txt").write_text(f"hello {words}"))

def test_it(greeting):
    assert greeting.best.score == 1.0
"""
    )
    project.run().assert_outcomes(passed=2)
    reader = project.reader()
    for cell in reader.cells():
        for name in (cell.key, cell.directory):
            assert find_winner(reader, "greeting", name).key == cell.key
    with pytest.raises(TargetError, match=project.cells()[1].directory):
        find_winner(reader, "greeting", "nope")


SECOND = """
import subprocess, sys, time
import pytest

def pytest_collection_modifyitems(config):
    # Another session takes the name after this one found it free.
    if hasattr(config, "workerinput") and config.workerinput["workerid"] == "gw0":
        command = [sys.executable, "-m", "pytest", "-q", "--harness-run-name=same",
                   "-pno:cacheprovider", "--noconftest", "test_it.py"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
"""


def test_a_session_that_loses_the_race_for_a_name_says_so(project: Project) -> None:
    project.write(SECOND, "conftest.py")
    result = project.run("-n1", "--harness-run-name=same")
    result.assert_outcomes(errors=2)
    text = result.stdout.str()
    assert "run 'same' exists" in text
    assert "node down" not in text
    assert "ledger: " not in text
