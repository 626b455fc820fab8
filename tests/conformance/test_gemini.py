"""The real Gemini CLI: its options, its traps, what its session's file adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.records import Usage
from pytest_harness.testing import (
    CallTool,
    Hang,
    ReadFile,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault
from tests.conformance.bench import KEY, PROMPT, Bench, bench
from tests.conformance.programs import REAL, need

pytestmark = pytest.mark.conformance

GEMINI = next(real for real in REAL if real.name == "gemini-cli")
TAKEN_OVER = "GEMINI_MODEL=from-env\nGEMINI_SYSTEM_MD=/nowhere.md\nMARKER=loaded\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    need(GEMINI)
    with bench(tmp_path, GEMINI) as made:
        yield made


def told(model: ScriptedModel) -> str:
    """Return all that the model was told."""
    return json.dumps([request.body for request in model.requests], ensure_ascii=False)


def tools(model: ScriptedModel) -> set[str]:
    """Return the names of the tools that the model was offered."""
    [offer] = model.asked[0].body["tools"]
    return {each["name"] for each in offer["functionDeclarations"]}


def test_exit_codes_come_from_the_file_of_the_session(desk: Bench) -> None:
    steps: list[Step] = [
        RunCommand("echo out; exit 3"),
        RunCommand("exit 4"),
        RunCommand("echo fine"),
        Say("x"),
    ]
    record, _ = desk.ask(steps)
    assert [call.exit for call in record.tool_calls] == [3, 4, 0]


def test_tokens_of_a_turn_that_failed_or_hung(desk: Bench) -> None:
    spent = Usage(input=90, cached_input=10, output=15, reasoning=5)
    refused, _ = desk.ask([RunCommand("true"), Repeat(Status(401))])
    assert (refused.fault, refused.spent.usage) == (Fault.AUTH, spent)
    hung, _ = desk.ask([RunCommand("true"), Hang(60)], timeout=8)
    assert (hung.ended, hung.spent.usage, hung.turns) == (Ended.TIMEOUT, spent, 2)


def test_retry_that_helps_is_counted(desk: Bench) -> None:
    record, model = desk.ask([Status(500), Say("done")], options={"retries": 1})
    assert (record.completed, record.program_retries, len(model.asked)) == (True, 1, 2)


def test_retries_are_those_that_were_asked_for(desk: Bench) -> None:
    record, model = desk.ask([Repeat(Status(500))], options={"retries": 0})
    assert (record.fault, len(model.asked)) == (Fault.TRANSPORT, 1)


def test_limit_of_turns(desk: Bench) -> None:
    steps = [Repeat(RunCommand("date +%N"))]
    record, model = desk.ask(steps, options={"turns": 2})
    assert (record.completed, record.fault, record.turns) == (False, None, 2)
    assert "max session turns" in record.reason
    assert len(model.asked) == 2


def test_default_approval_offers_no_tool_that_changes(desk: Bench) -> None:
    steps: list[Step] = [CallTool("write_file", {"file_path": "a.txt", "content": "x"}), Say("x")]
    record, model = desk.ask(steps, options={"approval_policy": "default"})
    assert record.completed
    assert record.refused_tools == ("write_file",)
    assert [call.failed for call in record.tool_calls] == [True]
    assert not {"write_file", "run_shell_command"} & tools(model)
    allowing = {"approval_policy": "default", "allowed_tools": ["write_file"]}
    record, model = desk.ask([WriteFile("a.txt", "x"), Say("x")], options=allowing)
    assert (record.refused_tools, record.reported_changes) == ((), ("a.txt",))


def test_denied_tool_is_not_offered(desk: Bench) -> None:
    steps: list[Step] = [CallTool("web_fetch", {"prompt": "x"}), CallTool("no_such", {}), Say("x")]
    record, model = desk.ask(steps, options={"denied_tools": ["web_fetch"]})
    assert "web_fetch" not in tools(model)
    assert record.refused_tools == ("web_fetch",)


def test_files_outside_are_refused_unless_they_are_named(desk: Bench) -> None:
    outside = desk.root / "outside"
    outside.mkdir()
    steps: list[Step] = [WriteFile(str(outside / "a.txt"), "x\n"), Say("x")]
    record, _ = desk.ask(steps)
    assert record.refused_tools == ("write_file",)
    record, _ = desk.ask(steps, options={"extra_dirs": [str(outside)]})
    assert record.refused_tools == ()
    assert (outside / "a.txt").read_text() == "x\n"


def test_system_prompts(desk: Bench) -> None:
    record, model = desk.ask([Say("x")], options={"system_prompt": "ONLY THIS"})
    assert record.completed
    instruction = json.dumps(model.asked[0].body["systemInstruction"])
    assert "ONLY THIS" in instruction
    assert "Gemini CLI, an" not in instruction
    _, model = desk.ask([Say("x")], options={"append_system_prompt": "AND THIS"})
    assert "AND THIS" in told(model)
    assert len(json.dumps(model.asked[0].body["systemInstruction"])) > 5000


def test_instructions_reach_the_model_from_a_directory_below(desk: Bench) -> None:
    (desk.workspace / "sub").mkdir()
    (desk.workspace / "AGENTS.md").write_text("AGENTS-TEXT\n")
    (desk.workspace / "sub" / "GEMINI.md").write_text("GEMINI-TEXT\n")
    for name in ("AGENTS.md", "GEMINI.md"):
        (desk.root / name).write_text("FOREIGN-TEXT\n")
    steps: list[Step] = [RunCommand("pwd > where.txt"), ReadFile("AGENTS.md"), Say("x")]
    record, model = desk.ask(steps, options={"cwd": "sub"})
    assert record.completed
    assert (desk.workspace / "sub" / "where.txt").read_text() == f"{desk.workspace}/sub\n"
    assert "AGENTS-TEXT" in told(model)
    assert "GEMINI-TEXT" in told(model)
    assert "FOREIGN-TEXT" not in told(model)
    assert record.refused_tools == ()


@pytest.mark.parametrize("file", [".env", ".gemini/.env", "../.env", "../.gemini/.env"])
def test_files_of_variables_change_nothing(desk: Bench, file: str) -> None:
    path = desk.workspace / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(TAKEN_OVER)
    before = path.stat()
    record, model = desk.ask([RunCommand('echo "[$MARKER]"; ls -A'), Say("x")])
    assert record.completed
    assert "from-env" not in str(model.asked[0].model)
    assert "[]" in model.asked[-1].results[0]
    assert path.read_text() == TAKEN_OVER
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    left = {each.name for each in desk.workspace.iterdir()} - {".git"}
    assert left == ({Path(file).parts[0]} - {".."})
    assert list(desk.scratch.iterdir()) == []


def test_settings_of_the_project(desk: Bench) -> None:
    (desk.workspace / ".gemini").mkdir()
    settings = {"tools": {"exclude": ["web_fetch"]}}
    (desk.workspace / ".gemini" / "settings.json").write_text(json.dumps(settings))
    (desk.workspace / ".env").write_text("MARKER=loaded\n")
    steps: list[Step] = [RunCommand('echo "[$MARKER]"'), Say("x")]
    _, model = desk.ask(steps)
    assert "web_fetch" in tools(model)
    _, model = desk.ask(steps, options={"project_settings": True})
    assert "web_fetch" not in tools(model)
    assert "[loaded]" in model.asked[-1].results[0]


def test_commands_get_no_key(desk: Bench) -> None:
    _, model = desk.ask([RunCommand("env"), Say("x")])
    assert model.asked[0].headers["x-goog-api-key"] == KEY
    assert KEY not in model.asked[-1].results[0]


def test_prompt_arrives_as_it_is(desk: Bench) -> None:
    _, model = desk.ask([Say("x")])
    assert PROMPT in told(model)
    [path] = {request.path.partition("?")[0] for request in model.requests}
    assert path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
