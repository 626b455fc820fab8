"""What the oracles say of targets that do not measure what they mean to."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

WITHOUT_SOLUTION = """
@harness_target
def greeting():
    return target(solution=None)

def test_it(greeting):
    pass
"""

UNSOLVED = """
@harness_target
def greeting():
    return target(checks=[FileContains("all", "a.txt", ["all"]), Command("never", "exit 3")])

def test_it(greeting):
    pass
"""

CHANCE = """
@harness_target
def greeting():
    count = Path(__file__).with_name("count")
    command = f"echo x >> {count}; test $(wc -l < {count}) -gt 1"
    return target(checks=[FileContains("all", "a.txt", ["all"]), Command("chance", command)])

def test_it(greeting):
    pass
"""

GULLIBLE = """
@harness_target
def greeting():
    return target(
        checks=[
            FileContains("words", "a.txt", ["all of them"]),
            Command("runs", "bash run.sh"),
            Command("honest", 'n=$RANDOM; test "$(bash run.sh $n)" = "hello $n"'),
        ],
    )

def test_it(greeting):
    pass
"""


def test_a_target_without_a_solution_cannot_be_proved_solvable(project: Project) -> None:
    project.write(WITHOUT_SOLUTION)
    result = project.run("--harness-selfcheck", "-k", "golden", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*has no solution*give it one with Target(solution=...)*"])


def test_a_solution_that_does_not_reach_one_is_a_failure(project: Project) -> None:
    project.write(UNSOLVED)
    result = project.run("--harness-selfcheck", "-k", "golden", "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "target 'greeting' is not solved by its own solution: 1/2, not 1",
            "*never*0.0*expected exit 0, and it exited with 3*",
            "correct the solution, or the checks that refuse it",
        ]
    )
    report = (project.path / "report.xml").read_text()
    assert "<failure" in report
    assert "<error" not in report


def test_a_check_that_gives_other_results_each_time_is_a_failure(project: Project) -> None:
    project.write(CHANCE)
    result = project.run("--harness-selfcheck", "-k", "noop")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["target 'greeting' is graded differently although nothing was changed", "*chance*0*1*"]
    )


@pytest.fixture
def gullible(project: Project) -> Project:
    project.write(GULLIBLE)
    (project.path / "ws" / "run.sh").write_text("exit 4\n")
    (project.path / "sol" / "run.sh").write_text('echo "hello $1"\n')
    return project


@pytest.mark.slow
def test_what_a_trick_gains_is_told_with_what_closes_it(gullible: Project) -> None:
    result = gullible.run("--harness-selfcheck", "-k", "cheat")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "target 'greeting' can be fooled",
            "*runs*exit-zero*0 -> 1*behaviour*",
            "exit-zero: let a hidden file give evidence*",
            "*open in this runtime: read-hidden*use --harness-runtime=sandbox, or container",
            "open by nature: words; give phrases little weight*",
        ]
    )
    result.stdout.no_fnmatch_line("*honest*->*")
    result.stdout.no_fnmatch_line("full marks by:*")
