"""``--harness-validator=off|default|FILE``, and validators as variants."""

from __future__ import annotations

import pytest

from pytest_harness.records import CellRecord
from tests.plugin.conftest import Project, Refused

LAZY = """
- {do: say, text: "All done."}
"""
ABLATION = """
from pytest_harness import Variant

@harness_target(
    variants={"bare": Variant(validator="off"), "checked": Variant(validator="default")}
)
def greeting():
    return target()

def test_it(greeting):
    assert greeting.best.score < 1.0
"""
MODEL = "--harness-backend=model@scripted:lazy.yaml"


@pytest.fixture
def project(project: Project) -> Project:
    """A project whose model claims to be finished without having done anything."""
    (project.path / "lazy.yaml").write_text(LAZY)
    return project


def rejections(cell: CellRecord) -> list[tuple[str, str]]:
    """Return who objected to what the model did, and by which rule."""
    (proposal,) = (each.proposal for each in cell.candidates if each.proposal is not None)
    return [(each.by.value, each.rule) for each in proposal.rejections]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((), [("validator", "phantom-completion")]),
        (("--harness-validator=default",), [("validator", "phantom-completion")]),
        (("--harness-validator=off",), []),
        (("--harness-validator=own.toml",), []),
    ],
    ids=["unsaid", "default", "off", "file"],
)
def test_a_claim_without_work_is_explained_once(
    project: Project, given: tuple[str, ...], wanted: list[tuple[str, str]]
) -> None:
    (project.path / "own.toml").write_text('rules = ["empty-reply"]\n')
    project.run(MODEL, *given)
    (cell,) = project.cells()
    assert rejections(cell) == wanted
    (proposal,) = (each.proposal for each in cell.candidates if each.proposal is not None)
    assert proposal.turns == 1 + len(wanted)
    assert cell.fault is None


def test_a_variant_may_have_its_own(project: Project) -> None:
    project.write(ABLATION)
    project.run(MODEL, "--harness-validator=default").assert_outcomes(passed=2)
    found = {cell.point.variant: rejections(cell) for cell in project.cells()}
    assert found == {"bare": [], "checked": [("validator", "phantom-completion")]}


def test_another_validator_makes_another_cell(project: Project) -> None:
    prints: set[str] = set()
    for given in ("off", "default"):
        project.run(MODEL, f"--harness-validator={given}")
        prints.update(cell.fingerprint for cell in project.cells())
    assert len(prints) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('rules = ["emty-reply"]', "did you mean 'empty-reply'"),
        ("colour = 1", "colour"),
        ("rules = 3", "rules"),
        ("rules = [", "no TOML"),
        (None, "own.toml"),
    ],
    ids=["unknown rule", "unknown key", "wrong type", "no TOML", "missing"],
)
def test_a_wrong_file_is_one_sentence(
    project: Project, refused: Refused, text: str | None, sentence: str
) -> None:
    if text is not None:
        (project.path / "own.toml").write_text(text)
    refused(project.run(MODEL, "--harness-validator=own.toml"), sentence)
    assert not project.runs()


def test_it_needs_a_plain_model(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-backend=fake", "--harness-validator=off"),
        "--harness-validator needs the backend 'model'",
    )
