"""The real Python SDK of Codex."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_harness.backends.codex.program import CODEX
from pytest_harness.backends.codex.sdk import CODEX_SDK
from pytest_harness.backends.options import AgentOptions
from pytest_harness.runtime import Supervisor
from pytest_harness.testing import Repeat, RunCommand, Say, ScriptedModel, Status, WriteFile
from pytest_harness.vocabulary import Fault

from .conftest import KEY, Desk
from .programs import PYTHON

pytestmark = pytest.mark.conformance


@pytest.fixture
def desk(tmp_path: Path, supervisor: Supervisor) -> Desk:
    if not PYTHON.exists():
        pytest.skip(f"{PYTHON} is missing; install it with: .ci/install-agents")
    made = Desk(tmp_path.resolve(), str(PYTHON), supervisor, CODEX_SDK)
    made.workspace.mkdir()
    return made


def test_options_reach_the_model(desk: Desk, codex_program: str) -> None:
    (desk.workspace / ".codex").mkdir()
    (desk.workspace / ".codex" / "config.toml").write_text('developer_instructions = "PLANTED"')
    (desk.workspace / "AGENTS.md").write_text("FROM-THE-WORKSPACE")
    [native] = CODEX.find((codex_program,), "") or ()
    with ScriptedModel([RunCommand("echo $CODEX_VERSION"), Say("Done.")]) as model:
        record = desk.ask(
            model,
            effort="high",
            append_system_prompt="And be brief. 🙂",
            extra_args=[f"--codex-bin={native}", '--config=model_verbosity="high"'],
        )
    assert (record.completed, record.answer, record.turns) == (True, "Done.", 2)
    body = model.asked[0].body
    assert (body["reasoning"]["effort"], body["text"]["verbosity"]) == ("high", "high")
    said = json.dumps(body, ensure_ascii=False)
    assert "And be brief. 🙂" in said
    assert "FROM-THE-WORKSPACE" in said
    assert "PLANTED" not in said
    assert "0.169.0" in model.asked[-1].results[0]


def test_a_refused_edit_is_told(desk: Desk) -> None:
    with ScriptedModel([WriteFile("a.txt", "no\n"), Say("x")]) as model:
        record = desk.ask(model, sandbox="read-only")
    assert record.completed
    assert not (desk.workspace / "a.txt").exists()
    assert record.refused_tools == ("apply_patch",)


def test_key_for_openai(desk: Desk) -> None:
    with ScriptedModel([Say("hello")]) as model:
        extra = (f'--config=openai_base_url="{model.base_url}"',)
        record = desk.propose(
            desk.backend(AgentOptions(extra_args=extra)), env={"CODEX_API_KEY": KEY}
        )
    assert (record.completed, record.answer) == (True, "hello")
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_failed_turn_has_its_class(desk: Desk) -> None:
    with ScriptedModel([Repeat(Status(401))]) as model:
        record = desk.ask(model, retries=0)
    assert (record.completed, record.fault) == (False, Fault.AUTH)
