"""Claude Code and its SDK with the scripted model, where they differ from other agents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.testing import (
    Hang,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault
from tests.conformance.bench import PROMPT, Bench, bench
from tests.conformance.programs import REAL, Real, need

CLAUDES = [real for real in REAL if real.provider.startswith("claude-")]

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.parametrize("real", CLAUDES, ids=str),
]
HOOK = {"SessionStart": [{"hooks": [{"type": "command", "command": "touch hooked.txt"}]}]}


@pytest.fixture
def desk(tmp_path: Path, real: Real) -> Iterator[Bench]:
    need(real)
    with bench(tmp_path, real) as made:
        yield made


def told(model: ScriptedModel) -> str:
    """Return all that the model was asked first."""
    return json.dumps(model.asked[0].body)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def instruct(desk: Bench) -> None:
    """Write instructions into the workspace, and foreign ones around it."""
    for name in ("CLAUDE.md", "AGENTS.md", ".claude/CLAUDE.md", ".claude/rules/far.md"):
        write(desk.root / name, "FOREIGN-TEXT\n")
    write(desk.workspace / "CLAUDE.md", "CLAUDE-TEXT\n")
    write(desk.workspace / "AGENTS.md", "AGENTS-TEXT\n")
    write(desk.workspace / ".claude" / "rules" / "near.md", "RULE-TEXT\n")


@pytest.mark.parametrize("project", [False, True])
def test_instructions_of_the_workspace_and_no_others(desk: Bench, project: bool) -> None:
    instruct(desk)
    record, model = desk.ask([Say("x")], options={"project_settings": project})
    assert record.completed
    for text in ("CLAUDE-TEXT", "AGENTS-TEXT", "RULE-TEXT"):
        assert told(model).count(text) == 1
    assert "FOREIGN-TEXT" not in told(model)


@pytest.mark.parametrize("how", ["import", "link"])
def test_one_file_under_two_names_is_sent_once(desk: Bench, how: str) -> None:
    write(desk.workspace / "AGENTS.md", "AGENTS-TEXT\n")
    if how == "import":
        write(desk.workspace / "CLAUDE.md", "CLAUDE-TEXT\n@AGENTS.md\n")
    else:
        (desk.workspace / "CLAUDE.md").symlink_to("AGENTS.md")
    _, model = desk.ask([Say("x")])
    assert told(model).count("AGENTS-TEXT") == 1


def test_instructions_reach_the_model_from_a_directory_below(desk: Bench) -> None:
    instruct(desk)
    write(desk.workspace / "sub" / "AGENTS.md", "LOWER-TEXT\n")
    record, model = desk.ask([RunCommand("pwd > where.txt"), Say("x")], options={"cwd": "sub"})
    assert record.completed
    assert (desk.workspace / "sub/where.txt").read_text() == f"{desk.workspace}/sub\n"
    for text in ("CLAUDE-TEXT", "AGENTS-TEXT", "LOWER-TEXT"):
        assert told(model).count(text) == 1


@pytest.mark.parametrize("project", [False, True])
def test_hooks_of_the_project(desk: Bench, project: bool) -> None:
    write(desk.workspace / ".claude" / "settings.json", json.dumps({"hooks": HOOK}))
    record, _ = desk.ask([Say("x")], options={"project_settings": project})
    assert record.completed
    assert (desk.workspace / "hooked.txt").exists() == project


def test_a_project_does_not_divert_the_traffic(desk: Bench) -> None:
    diverted = {"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}}
    write(desk.workspace / ".claude" / "settings.json", json.dumps(diverted))
    write(desk.workspace / ".env", "ANTHROPIC_BASE_URL=http://127.0.0.1:9\n")
    server = {"mcpServers": {"evil": {"command": "touch", "args": ["served.txt"]}}}
    write(desk.workspace / ".mcp.json", json.dumps(server))
    record, model = desk.ask([Say("x")])
    assert record.completed
    assert len(model.asked) == 1
    assert not (desk.workspace / "served.txt").exists()


def test_what_is_allowed(desk: Bench) -> None:
    outside = desk.root / "outside.txt"
    steps: list[Step] = [
        WriteFile(str(outside), "x"),
        WriteFile(".claude/skills/a.md", "x"),
        WriteFile("inside.txt", "x"),
        Say("x"),
    ]
    record, _ = desk.ask(steps)
    assert record.completed
    assert record.refused_tools == ("Write", "Write")
    assert (desk.workspace / "inside.txt").exists()
    assert not outside.exists()
    record, _ = desk.ask(steps, options={"bypass_permissions": True})
    assert (record.completed, record.refused_tools) == (True, ())
    assert (desk.workspace / ".claude/skills/a.md").exists()


def test_another_permission_mode(desk: Bench) -> None:
    steps: list[Step] = [WriteFile("a.txt", "x"), Say("x")]
    record, _ = desk.ask(steps, options={"approval_policy": "plan"})
    assert record.refused_tools == ("Write",)
    options = {"approval_policy": "dontAsk", "allowed_tools": ["Write"]}
    record, _ = desk.ask(steps, options=options)
    assert record.refused_tools == ()
    assert (desk.workspace / "a.txt").exists()


@pytest.mark.parametrize(
    ("options", "said"), [({"turns": 2}, "turns (2)"), ({"budget_usd": 0.0001}, "budget")]
)
def test_limits_of_the_user(desk: Bench, options: dict[str, object], said: str) -> None:
    record, model = desk.ask([Repeat(RunCommand("true"))], options=options)
    assert (record.completed, record.fault) == (False, None)
    assert said in record.reason
    assert len(model.asked) <= 2
    assert record.spent.cost_usd


def test_a_hang_in_the_middle_ends(desk: Bench) -> None:
    record, _ = desk.ask([Hang(60, in_the_middle=True)], timeout=40)
    assert (record.completed, record.fault) == (False, Fault.TRANSPORT)
    assert record.ended is Ended.EXIT


def test_what_the_model_is_told(desk: Bench) -> None:
    record, model = desk.ask(
        [Say("x")],
        options={
            "system_prompt": "ONLY-THIS",
            "append_system_prompt": "AND-THIS",
            "effort": "low",
            "denied_tools": ["Write"],
            "log_dir": str(desk.root / "logs"),
        },
    )
    assert record.completed
    body = model.asked[0].body
    system = json.dumps(body["system"])
    assert "ONLY-THIS" in system
    assert "AND-THIS" in system
    assert body["output_config"]["effort"] == "low"
    assert "Write" not in model.asked[0].tools
    assert PROMPT in model.asked[0].prompt
    assert (desk.root / "logs" / "claude.log").stat().st_size
    _, model = desk.ask([Say("x")])
    assert "Claude" in json.dumps(model.asked[0].body["system"])
    assert len(json.dumps(model.asked[0].body["system"])) > 2000


def test_an_agent_that_is_not_there(desk: Bench) -> None:
    if desk.real.provider == "claude-sdk":
        pytest.skip("the SDK does not offer this option")
    record, model = desk.ask([Say("x")], options={"agent": "nobody"})
    assert (record.completed, record.fault) == (False, Fault.UNSUPPORTED)
    assert "nobody" in record.reason
    assert model.asked == ()


def test_retries_are_as_many_as_were_chosen(desk: Bench) -> None:
    for retries in (0, 2):
        record, model = desk.ask([Repeat(Status(500))], options={"retries": retries})
        assert (record.fault, record.program_retries) == (Fault.TRANSPORT, retries)
        assert len(model.asked) == retries + 1
