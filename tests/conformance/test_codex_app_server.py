"""The real server of Codex: what it asks, what it is told, how it is interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_harness.backends.codex.app_server import CODEX_APP_SERVER
from pytest_harness.backends.options import AgentOptions
from pytest_harness.records import Usage
from pytest_harness.runtime import Supervisor
from pytest_harness.testing import (
    CallTool,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault, RuntimeMode

from .conftest import KEY, Desk

pytestmark = pytest.mark.conformance

ESCALATE = CallTool(
    "exec_command",
    {"cmd": "touch a.txt", "sandbox_permissions": "require_escalated", "justification": "please"},
)


@pytest.fixture
def desk(tmp_path: Path, codex_program: str, supervisor: Supervisor) -> Desk:
    made = Desk(tmp_path.resolve(), codex_program, supervisor, CODEX_APP_SERVER)
    made.workspace.mkdir()
    return made


def said(model: ScriptedModel) -> str:
    """All that the model was told in its first request."""
    return json.dumps(model.asked[0].body, ensure_ascii=False)


def test_what_it_did_is_told(desk: Desk) -> None:
    steps: list[Step] = [RunCommand("echo hello > a.txt"), WriteFile("b.txt", "b\n"), Say("Done.")]
    with ScriptedModel(steps) as model:
        record = desk.ask(model)
    assert (record.completed, record.fault, record.reason) == (True, None, "")
    assert [(call.name, call.summary, call.exit) for call in record.tool_calls] == [
        ("shell", "echo hello > a.txt", 0),
        ("edit", "b.txt", None),
    ]
    assert record.spent.usage == Usage(
        input=270, cached_input=30, cache_write=0, output=45, reasoning=15
    )
    assert (record.turns, record.answer, record.survivors) == (3, "Done.", 0)
    assert record.exit == 0
    assert "äöü" in model.asked[0].prompt


@pytest.mark.parametrize("granted", [False, True])
def test_an_edit_beyond_the_sandbox_is_asked_for(desk: Desk, granted: bool) -> None:
    allowed = ["edit"] if granted else []
    with ScriptedModel([WriteFile("a.txt", "a\n"), Say("x")]) as model:
        record = desk.ask(
            model, sandbox="read-only", approval_policy="on-request", allowed_tools=allowed
        )
    assert record.completed
    assert (desk.workspace / "a.txt").exists() is granted
    assert record.refused_tools == (() if granted else ("edit",))


@pytest.mark.parametrize("granted", [False, True])
def test_a_command_beyond_the_sandbox_is_asked_for(desk: Desk, granted: bool) -> None:
    allowed = ["shell"] if granted else []
    with ScriptedModel([ESCALATE, Say("x")]) as model:
        record = desk.ask(
            model, sandbox="read-only", approval_policy="on-request", allowed_tools=allowed
        )
    assert record.completed
    assert (desk.workspace / "a.txt").exists() is granted
    assert record.refused_tools == (() if granted else ("shell",))
    assert [call.name for call in record.tool_calls] == ["shell"]


def test_it_never_asks_by_default(desk: Desk) -> None:
    with ScriptedModel([ESCALATE, Say("x")]) as model:
        record = desk.ask(model, sandbox="read-only")
    assert record.completed
    assert not (desk.workspace / "a.txt").exists()
    assert record.refused_tools == ("shell",)


def test_untrusted_commands_are_asked_for(desk: Desk) -> None:
    with ScriptedModel([RunCommand("touch a.txt"), Say("x")]) as model:
        record = desk.ask(model, approval_policy="untrusted")
    assert record.completed
    assert record.refused_tools == ("shell",)
    assert not (desk.workspace / "a.txt").exists()


def test_it_is_interrupted_at_the_limit_and_leaves_nothing(desk: Desk) -> None:
    with ScriptedModel([RunCommand("sleep 300")]) as model:
        record = desk.ask(model, timeout=6)
    assert (record.ended, record.completed, record.fault) == (Ended.TIMEOUT, False, None)
    assert '"status":"interrupted"' in (desk.artifacts / "stdout.jsonl").read_text()
    assert record.reason == "Codex was still working when its 6 s were over"
    assert list(desk.workspace.iterdir()) == []
    assert (record.turns, record.spent.usage.total_input) == (1, model.tokens.input)


def test_retries_are_told(desk: Desk) -> None:
    with ScriptedModel([Repeat(Status(401))]) as model:
        record = desk.ask(model, retries=2)
    assert (record.completed, record.fault) == (False, Fault.AUTH)
    assert record.program_retries == 2
    assert "401" in record.reason


def test_options_reach_the_model(desk: Desk) -> None:
    with ScriptedModel([Say("x")]) as model:
        record = desk.ask(
            model,
            effort="high",
            verbosity="high",
            system_prompt="You are a test. äöü",
            append_system_prompt="And be brief. 🙂",
        )
    assert record.completed, record
    assert model.asked[0].body["reasoning"]["effort"] == "high"
    assert model.asked[0].body["text"]["verbosity"] == "high"
    assert "You are a test. äöü" in said(model)
    assert "You are Codex" not in said(model)
    assert "And be brief. 🙂" in said(model)
    assert list(desk.scratch.iterdir()) == []


@pytest.mark.parametrize("wanted", [False, True])
def test_settings_of_the_workspace(desk: Desk, wanted: bool) -> None:
    (desk.workspace / ".codex").mkdir()
    (desk.workspace / ".codex" / "config.toml").write_text('developer_instructions = "PLANTED"')
    (desk.workspace / "AGENTS.md").write_text("FROM-THE-WORKSPACE")
    with ScriptedModel([Say("x")]) as model:
        record = desk.ask(model, project_settings=wanted)
    assert record.completed
    assert ("PLANTED" in said(model)) is wanted
    assert "FROM-THE-WORKSPACE" in said(model)


def test_directories(desk: Desk) -> None:
    further, logs = desk.root / "further", desk.root / "logs"
    further.mkdir()
    (desk.workspace / "sub").mkdir()
    line = f"touch '{further}/a.txt'; touch ../b.txt; touch '{desk.root}/c.txt'; pwd"
    with ScriptedModel([RunCommand(line), Say("x")]) as model:
        desk.ask(model, extra_dirs=[str(further)], cwd="sub", log_dir=str(logs))
    assert [path.name for path in further.iterdir()] == ["a.txt"]
    assert sorted(path.name for path in desk.workspace.iterdir()) == ["b.txt", "sub"]
    assert not (desk.root / "c.txt").exists()
    assert f"{desk.workspace}/sub" in model.asked[-1].results[0]
    assert any(logs.iterdir())


def test_without_permissions_there_is_no_fence(desk: Desk) -> None:
    outside = desk.root / "outside.txt"
    with ScriptedModel([RunCommand(f"touch '{outside}'"), Say("x")]) as model:
        desk.ask(model, bypass_permissions=True)
    assert outside.exists()


def test_a_local_model(desk: Desk) -> None:
    with ScriptedModel([Say("here")], models=["gpt-oss:20b"]) as model:
        options = AgentOptions(oss=True, base_url=model.base_url)
        record = desk.propose(desk.backend(options, "gpt-oss:20b"))
    assert (record.completed, record.answer) == (True, "here")
    assert model.asked[0].model == "gpt-oss:20b"
    assert "authorization" not in model.asked[0].headers


def test_key_for_the_built_in_provider(desk: Desk) -> None:
    with ScriptedModel([Say("hello")]) as model:
        options = AgentOptions(extra_args=("-c", f'openai_base_url="{model.base_url}"'))
        record = desk.propose(desk.backend(options), env={"OPENAI_API_KEY": KEY})
    assert (record.completed, record.answer) == (True, "hello")
    assert model.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_host_uses_the_users_own_home(desk: Desk) -> None:
    home = desk.root / "user"
    (home / ".codex").mkdir(parents=True)
    (home / ".codex" / "AGENTS.md").write_text("Speak of the user's own rule.")
    tmp = desk.root / "tmp"
    tmp.mkdir()
    with ScriptedModel([RunCommand("env"), Say("hello")]) as model:
        options = AgentOptions(base_url=model.base_url, env_key="FAKE_KEY")
        backend = desk.backend(options, runtime=RuntimeMode.HOST)
        record = desk.propose(backend, env={"HOME": str(home), "TMPDIR": str(tmp)})
    assert record.completed, record
    assert "the user's own rule" in said(model)
    assert record.turns == 2
