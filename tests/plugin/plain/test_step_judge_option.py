"""``--harness-step-judge``: a second model reviews each turn before it is accepted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_harness.model.client import ModelError
from pytest_harness.model.clients import making
from pytest_harness.records import Spent
from pytest_harness.testing import Say, ScriptedModel, Tokens
from pytest_harness.vocabulary import Fault
from tests.model.judge.doubles import PRICE, TOKENS, Said
from tests.plugin.conftest import Project, Refused

VETO = '{"accept": false, "reason": "Say hello to all."}'
ACCEPT = '{"accept": true, "reason": "Fine."}'
GOOD = """
- {do: write, path: a.txt, text: "hello all\\n"}
- {do: say, text: done}
"""
TOML = """
[vendors.court]
base_url = "{address}"

[tiers]
cheap = "court:small"
strong = "court:large"

[models."court:large"]
price = {{ input = 1000.0, output = 0.0 }}
"""
MODEL = "--harness-backend=model@scripted:good.yaml"


@pytest.fixture
def judge() -> Iterator[ScriptedModel]:
    """A model that accepts everything."""
    with ScriptedModel([Say(ACCEPT)], tokens=Tokens(input=10, output=5)) as model:
        yield model


@pytest.fixture
def project(project: Project, judge: ScriptedModel) -> Project:
    """A project with tiers, and a model that does its work."""
    (project.path / "good.yaml").write_text(GOOD)
    (project.path / "harness.toml").write_text(TOML.format(address=judge.base_url))
    return project


def test_each_turn_is_reviewed_and_paid_for_apart(project: Project, judge: ScriptedModel) -> None:
    project.run(MODEL, "--harness-step-judge=asymmetric").assert_outcomes(passed=2)
    (cell,) = project.cells()
    assert [request.model for request in judge.asked] == ["large", "large"]
    assert cell.spending.judge.usage.total_input == 20
    assert cell.spending.proposal.cost_usd == 0.0
    assert (cell.spending.total.usage.total_input or 0) > 20


def test_a_veto_is_recorded_with_its_reason(project: Project) -> None:
    with ScriptedModel([Say(VETO)]) as stern:
        (project.path / "harness.toml").write_text(TOML.format(address=stern.base_url))
        project.run(MODEL, "--harness-step-judge=asymmetric")
    (cell,) = project.cells()
    (proposal,) = (each.proposal for each in cell.candidates if each.proposal is not None)
    vetoes = [each for each in proposal.rejections if each.by == "judge"]
    assert vetoes
    assert "Say hello to all." in vetoes[0].reason
    assert cell.fault is None


def test_a_judge_that_gives_no_answer_is_a_fault(project: Project) -> None:
    once = '[backends.once]\nprovider = "model"\nretries = 0\n'
    (project.path / "harness.toml").write_text(TOML.format(address="http://127.0.0.1:9/v1") + once)
    backend = MODEL.replace("model@", "once@")
    result = project.run(backend, "--harness-step-judge=asymmetric", "--harness-retries=0")
    result.assert_outcomes(errors=2)
    (cell,) = project.cells()
    assert cell.fault == "transport"
    assert "judge" in cell.reason


def test_what_was_paid_before_a_judge_fell_silent_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Said("Hm.", ModelError(Fault.AUTH, "it refused the key"))
    monkeypatch.setattr(making, "make_client", lambda *_given: silent)
    project.run(MODEL, "--harness-step-judge=asymmetric", "--harness-retries=0")
    (cell,) = project.cells()
    assert cell.fault == "auth"
    assert cell.spending.judge == Spent(usage=TOKENS, cost_usd=PRICE)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("symetric-cheap", "symmetric-cheap"),
        ("nowhere.toml", "nowhere.toml"),
        ("own.toml", "did you mean 'on-task'"),
    ],
)
def test_a_wrong_judge_is_one_sentence(
    project: Project, refused: Refused, given: str, sentence: str
) -> None:
    (project.path / "own.toml").write_text('tier = "strong"\nrules = ["on-tsk"]\n')
    refused(project.run(MODEL, f"--harness-step-judge={given}"), sentence)
    assert not project.runs()


def test_a_preset_needs_its_tier(project: Project, refused: Refused) -> None:
    (project.path / "harness.toml").write_text("")
    refused(project.run(MODEL, "--harness-step-judge=asymmetric"), "strong")
