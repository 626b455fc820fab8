"""``--harness-max-duration``: the wall clock of a run."""

from __future__ import annotations

from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, seen


def test_nothing_starts_after_it_and_what_runs_goes_on(project: Project) -> None:
    hire(project, {"seconds": 1.1}, trials=3)
    result = project.run("--harness-max-duration=1", "-rs")
    result.assert_outcomes(passed=1, skipped=2)
    assert len(seen(project)) == 1
    result.stdout.fnmatch_lines(["*a cap of the run is reached: * s of 1 s are over*"])


def test_a_resumed_run_counts_the_time_of_earlier_sessions(project: Project) -> None:
    hire(project, {"seconds": 1.1}, trials=2)
    name = "--harness-run-name=night"
    project.run(name, "--harness-max-duration=1").assert_outcomes(passed=1, skipped=1)
    again = project.run(name, "--harness-resume", "--harness-max-duration=1")
    again.assert_outcomes(passed=1, skipped=1)
    project.run(name, "--harness-resume").assert_outcomes(passed=2)


def test_a_cell_may_have_its_own(project: Project) -> None:
    hire(project, {"seconds": 0.6, "text": "hello"}, target="cell_caps=Caps(duration=0.5)")
    project.run("--harness-budget=3").assert_outcomes(skipped=1)
    assert len(seen(project)) == 1


def test_a_wrong_number_is_refused(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-max-duration=-5"),
        "--harness-max-duration: '-5' is no positive number of seconds",
    )
