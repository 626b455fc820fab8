"""``Judge`` checks, and ``--harness-grader``, which says who grades."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_harness.testing import Say, ScriptedModel, Tokens
from tests.plugin.conftest import Project, Refused

GRADED = """
from pytest_harness import Judge

@harness_target
def greeting():
    return target(checks=[
        FileContains("greets", "a.txt", ["all"]),
        Judge("friendly", rubric="10 for a friendly greeting, 0 for none.", GRADER),
    ])

def test_it(greeting):
    assert greeting.best.score == 0.75
"""
TOML = """
[vendors.school]
base_url = "{address}"
key = "SCHOOL_KEY"

[graders.small]
model = "school:small"

[graders.large]
model = "school:large"

[defaults]
grader = "small"
"""


@pytest.fixture
def grader() -> Iterator[ScriptedModel]:
    """A model that gives five of ten."""
    verdict = '{"score": 5, "reason": "It greets, and no more."}'
    with ScriptedModel([Say(verdict)], tokens=Tokens(input=100, output=7)) as model:
        yield model


@pytest.fixture
def project(project: Project, grader: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two graders and one graded target."""
    monkeypatch.setenv("SCHOOL_KEY", "school-key-1234567")
    project.write(GRADED.replace(", GRADER", ""))
    (project.path / "harness.toml").write_text(TOML.format(address=grader.base_url))
    return project


def test_a_grade_is_a_share_of_the_score(project: Project, grader: ScriptedModel) -> None:
    project.run("--harness-backend=fake").assert_outcomes(passed=1)
    (cell,) = project.cells()
    (check,) = (
        each
        for candidate in cell.candidates
        if candidate.id == cell.best and candidate.evaluation
        for each in candidate.evaluation.checks
        if each.type == "Judge"
    )
    assert check.score == 0.5
    assert "It greets, and no more." in check.reason
    assert {request.model for request in grader.asked} == {"small"}
    assert cell.spending.evaluation.usage.total_input == 100 * len(grader.asked)
    assert cell.spending.proposal.usage.total_input is None


@pytest.mark.parametrize("by", ["option", "check"])
def test_another_grader_can_be_named(project: Project, grader: ScriptedModel, by: str) -> None:
    given = ("--harness-grader=large",) if by == "option" else ()
    if by == "check":
        project.write(GRADED.replace("GRADER", "grader='large'"))
    project.run("--harness-backend=fake", *given).assert_outcomes(passed=1)
    assert {request.model for request in grader.asked} == {"large"}


def test_another_grader_makes_another_cell(project: Project) -> None:
    prints: set[str] = set()
    for name in ("small", "large"):
        project.run("--harness-backend=fake", f"--harness-grader={name}")
        prints.update(cell.fingerprint for cell in project.cells())
    assert len(prints) == 2


@pytest.mark.parametrize("given", [(), ("--harness-fail-unavailable",)], ids=["skip", "error"])
def test_a_graders_missing_key_names_its_variable(
    project: Project, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...]
) -> None:
    monkeypatch.delenv("SCHOOL_KEY")
    result = project.run("--harness-backend=fake", "-rs", *given)
    result.assert_outcomes(**({"errors": 1} if given else {"skipped": 1}))
    assert "SCHOOL_KEY" in result.stdout.str()


def test_no_grader_at_all_is_one_sentence(project: Project) -> None:
    (project.path / "harness.toml").write_text("")
    result = project.run("--harness-backend=fake")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no grader is chosen; declare one in harness.toml*"])


def test_a_grader_that_is_not_declared_is_refused(project: Project, refused: Refused) -> None:
    refused(project.run("--harness-grader=huge"), "there is no [graders.huge] in harness.toml")


def test_a_grader_that_cannot_be_understood_is_no_bad_score(project: Project) -> None:
    with ScriptedModel([Say("Lovely!")]) as vague:
        (project.path / "harness.toml").write_text(TOML.format(address=vague.base_url))
        result = project.run("--harness-backend=fake")
    result.assert_outcomes(errors=1)
    (cell,) = project.cells()
    assert cell.fault == "internal"
    assert "no grade that can be read" in cell.reason
