"""The judges ask over real connections, through the clients that agents use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_harness.checks.base import CheckContext
from pytest_harness.checks.judge import Judge
from pytest_harness.config_models import GraderConfig, ModelTables
from pytest_harness.model.client import ModelError, Reply
from pytest_harness.model.clients.making import make_client
from pytest_harness.model.formats.base import Turn
from pytest_harness.model.grading import ProjectGraders
from pytest_harness.model.review import Situation
from pytest_harness.model.selectors import Selector, Vendors
from pytest_harness.model.step_judge import StepJudge
from pytest_harness.model.step_judge_file import StepJudgeConfig
from pytest_harness.model.vendors import Protocol, Vendor
from pytest_harness.redaction import Vault
from pytest_harness.runtime.supervisor import Supervisor
from pytest_harness.testing import Repeat, Say, ScriptedModel, Status, Step, Wire
from pytest_harness.vocabulary import CheckStatus, Fault

KEY = {"JUDGE_KEY": "sk-judge-1234567890"}
SPOKEN = {
    Protocol.CHAT: Wire.CHAT,
    Protocol.RESPONSES: Wire.RESPONSES,
    Protocol.MESSAGES: Wire.MESSAGES,
    Protocol.GEMINI: Wire.GEMINI,
    Protocol.OLLAMA: Wire.OLLAMA,
}
OBJECT = '{"accept": false, "rule": "complete", "reason": "Nothing was done."}'


def vendor(model: ScriptedModel, protocol: Protocol) -> Vendor:
    return Vendor(
        name="other",
        protocol=protocol,
        base_url=model.address(SPOKEN[protocol]),
        keys=("JUDGE_KEY",),
    )


@pytest.fixture
def situation() -> Situation:
    return Situation(
        objective="Repair add.py.",
        messages=(),
        tools=(),
        writes_expected=True,
        executed=0,
        max_tokens=None,
        limit=30.0,
        ending=lambda: False,
    )


def judge(model: ScriptedModel, protocol: Protocol = Protocol.CHAT) -> StepJudge:
    client = make_client(vendor(model, protocol), "scripted", KEY)
    return StepJudge(StepJudgeConfig(name="x", model=Selector("other", "scripted")), client)


@pytest.mark.parametrize("protocol", SPOKEN)
def test_a_turn_is_judged_in_every_protocol(protocol: Protocol, situation: Situation) -> None:
    turn = Turn(text="I am done.", done=True, reply=Reply())
    with ScriptedModel([Say(OBJECT)]) as model:
        reviewer = judge(model, protocol)
        review = reviewer.review(turn, situation)
        reviewer.close()
        asked = model.asked[0]
    assert review.objection is not None
    assert (review.objection.rule, review.objection.reason) == ("complete", "Nothing was done.")
    assert review.spent.usage.total_output
    assert "I am done." in asked.prompt
    assert "- complete: " in asked.system
    assert asked.tools == ()


def test_a_refused_key_is_a_fault_that_names_the_judge(situation: Situation) -> None:
    with ScriptedModel([Repeat(Status(401))]) as model:
        reviewer = judge(model)
        with pytest.raises(ModelError, match=r"^step judge other:scripted: ") as caught:
            reviewer.review(Turn(text="x", reply=Reply()), situation)
        reviewer.close()
    assert caught.value.fault is Fault.AUTH
    assert KEY["JUDGE_KEY"] not in str(caught.value)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[CheckContext]:
    with Supervisor() as runner:
        yield CheckContext(
            workspace=tmp_path,
            original=tmp_path,
            runner=runner,
            env={},
            scratch=tmp_path,
            answer="The median is wrong.",
        )


@pytest.mark.parametrize(
    ("steps", "status", "score"),
    [
        ([Say('{"score": 7, "reason": "So."}')], CheckStatus.PARTIAL, Fraction(7, 10)),
        ([Status(500), Say('{"score": 10, "reason": "So."}')], CheckStatus.PASSED, Fraction(1)),
        ([Say("Seven.")], CheckStatus.ERROR, None),
        ([Repeat(Status(401))], CheckStatus.ERROR, None),
    ],
)
def test_a_result_is_graded(
    context: CheckContext, steps: list[Step], status: CheckStatus, score: Fraction | None
) -> None:
    with ScriptedModel(steps) as model:
        tables = ModelTables(
            vendors=Vendors({"other": vendor(model, Protocol.CHAT)}, {}),
            graders={"small": GraderConfig(name="small", model=Selector("other", "scripted"))},
        )
        graders = ProjectGraders(tables, KEY, Vault())
        assert graders.missing(["small"]) is None
        verdict = Judge("style", "10: it is right.").grade(replace(context, graders=graders))
        graders.close()
    assert (verdict.status, verdict.score) == (status, score), verdict.reason
    assert KEY["JUDGE_KEY"] not in verdict.reason
