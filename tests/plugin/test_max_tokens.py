"""``--harness-max-tokens``."""

from __future__ import annotations

from tests.plugin.conftest import Project, Refused
from tests.plugin.paid import hire, seen

HUNDRED = {"input": 90, "output": 10}


def test_no_proposal_starts_beyond_it(project: Project) -> None:
    hire(project, HUNDRED, trials=4)
    result = project.run("--harness-max-tokens=250", "-rs")
    result.assert_outcomes(passed=2, skipped=2)
    assert len(seen(project)) == 2
    result.stdout.fnmatch_lines(
        ["*200 of 250 tokens are spent, and another proposal is expected to need 100*"]
    )


def test_a_target_may_have_its_own(project: Project) -> None:
    hire(project, {**HUNDRED, "text": "hello"}, target="cell_caps=Caps(tokens=200)")
    project.run("--harness-budget=9").assert_outcomes(skipped=1)
    assert len(seen(project)) == 2


def test_a_wrong_number_is_refused(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-max-tokens=0"),
        "--harness-max-tokens: '0' is no number of tokens from 1 on",
    )
