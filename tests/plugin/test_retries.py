"""``--harness-retries``: what is tried again, from where, and what is written down of it."""

from __future__ import annotations

import pytest

from pytest_harness.records import ProposalRecord
from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, seen, skip_pauses

DOWN = {"fault": "transport", "reason": "connection refused", "cost": 0.25, "input": 10}
GOOD = {"cost": 1.0, "input": 100, "output": 7}


def proposal(project: Project) -> ProposalRecord:
    (cell,) = project.cells()
    found = cell.candidates[-1].proposal
    assert found is not None
    return found


def test_transport_is_tried_again_from_a_fresh_copy(project: Project) -> None:
    hire(project, DOWN, GOOD)
    project.run().assert_outcomes(passed=1)
    files = [each.files for each in seen(project)]
    assert len(files) == 2
    assert all("rubbish.txt" not in each for each in files)
    first, second = seen(project)
    assert second.at - first.at >= 1.0
    record = proposal(project)
    (attempt,) = record.attempts
    assert (attempt.fault, attempt.reason) == ("transport", "connection refused")
    assert attempt.spent.cost_usd == 0.25
    (cell,) = project.cells()
    assert cell.candidates[1].changed_files == 1
    assert cell.spending.total.cost_usd == 1.25
    assert cell.spending.total.usage.total_input == 110
    assert "c0001 was tried again after transport: connection refused" in cell.notes


def test_what_an_earlier_attempt_left_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_pauses(monkeypatch)
    hire(project, DOWN, GOOD)
    project.run().assert_outcomes(passed=1)
    (cell,) = project.cells()
    folder = project.reader().path / cell.candidates[1].artifacts
    assert "rubbish.txt" in (folder / "attempts/1/workspace.diff").read_text()
    assert "rubbish.txt" not in (folder / "workspace.diff").read_text()


def test_a_rate_limit_is_granted_its_time(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = skip_pauses(monkeypatch)
    hire(project, {"fault": "rate-limit", "reason": "slow down", "retry_after": 2.5}, GOOD)
    project.run().assert_outcomes(passed=1)
    assert pauses == [2.5]
    (attempt,) = proposal(project).attempts
    assert attempt.pause == 2.5


def test_the_number_is_a_bound(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_pauses(monkeypatch)
    hire(project, DOWN)
    project.run("--harness-retries=2").assert_outcomes(errors=1)
    assert len(seen(project)) == 3
    record = proposal(project)
    assert (record.fault, len(record.attempts)) == ("transport", 2)
    assert [each.pause for each in record.attempts] == [1.0, 2.0]


def test_none_switches_it_off(project: Project) -> None:
    hire(project, DOWN)
    project.run("--harness-retries=0").assert_outcomes(errors=1)
    assert len(seen(project)) == 1


def test_a_target_may_say(project: Project) -> None:
    hire(project, DOWN)
    path = project.path / "test_it.py"
    path.write_text(path.read_text().replace("(trials=1)", "(retries=0)"))
    project.run().assert_outcomes(errors=1)
    assert len(seen(project)) == 1


@pytest.mark.parametrize("fault", ["auth", "unsupported", "internal"])
def test_other_faults_are_final(project: Project, fault: str) -> None:
    hire(project, {"fault": fault, "reason": "no"}, GOOD)
    project.run().assert_outcomes(errors=1)
    assert len(seen(project)) == 1


def test_a_wrong_number_is_refused(project: Project, refused: Refused) -> None:
    refused(project.run("--harness-retries=-1"), "--harness-retries: '-1' is no number from 0 on")
