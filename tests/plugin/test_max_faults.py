"""``--harness-max-faults``: a backend whose provider keeps failing is given up."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, seen, skip_pauses

DOWN = {"fault": "transport", "reason": "connection refused"}
GOOD = {"cost": 1.0}
ONCE = "--harness-retries=0"


def test_the_rest_is_skipped_with_the_reason(project: Project) -> None:
    hire(project, DOWN, trials=6)
    result = project.run(ONCE, "--harness-max-faults=2", "-rs", "-n2")
    outcomes = result.parseoutcomes()
    assert outcomes["errors"] + outcomes["skipped"] == 6
    assert outcomes["errors"] in {2, 3}  # the other worker may be in the middle of one
    result.stdout.fnmatch_lines(
        ["*backend 'paid' is given up after * faults in a row*connection refused*"]
    )
    assert {cell.fault for cell in project.cells()} == {"transport"}
    assert sum(cell.withheld for cell in project.cells()) == outcomes["skipped"]
    result.stdout.fnmatch_lines(["*transport*paid*6*no*"])


def test_a_success_begins_anew(project: Project) -> None:
    hire(project, DOWN, GOOD, DOWN, GOOD, DOWN, trials=5)
    project.run(ONCE, "--harness-max-faults=2").assert_outcomes(passed=2, errors=3)
    assert len(seen(project)) == 5


def test_backends_are_told_apart(project: Project) -> None:
    hire(project, DOWN, trials=3)
    arguments = (ONCE, "--harness-max-faults=1", "--harness-backend=paid,other")
    project.run(*arguments).assert_outcomes(errors=2, skipped=4)


def test_retries_of_a_proposal_count_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_pauses(monkeypatch)
    hire(project, DOWN, DOWN, GOOD, trials=2)
    project.run("--harness-max-faults=2").assert_outcomes(errors=1, passed=1)


@pytest.mark.parametrize("fault", ["internal", "interrupted"])
def test_what_is_no_fault_of_a_provider_does_not_count(project: Project, fault: str) -> None:
    hire(project, {"fault": fault, "reason": "ours"}, trials=3)
    project.run("--harness-max-faults=1").assert_outcomes(errors=3)


def test_it_can_be_switched_off(project: Project) -> None:
    hire(project, DOWN, trials=11)
    project.run(ONCE, "--harness-max-faults=0").assert_outcomes(errors=11)
    project.run(ONCE).assert_outcomes(errors=10, skipped=1)


def test_a_resumed_run_begins_anew(project: Project) -> None:
    hire(project, DOWN, DOWN, GOOD, trials=3)
    arguments = (ONCE, "--harness-max-faults=2", "--harness-run-name=night")
    project.run(*arguments).assert_outcomes(errors=2, skipped=1)
    project.run(*arguments, "--harness-resume").assert_outcomes(passed=3)


def test_a_wrong_number_is_refused(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-max-faults=many"),
        "--harness-max-faults: 'many' is no number from 0 on",
    )
