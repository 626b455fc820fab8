"""What only Copilot CLI does, with the real program and a scripted model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.testing import CallTool, EditFile, RunCommand, Say, Status, Step, WriteFile
from pytest_harness.vocabulary import Fault
from tests.conformance.bench import Bench, bench
from tests.conformance.programs import REAL, need

pytestmark = pytest.mark.conformance

CLI, SDK = (
    next(each for each in REAL if each.name == name) for name in ("copilot-cli", "copilot-sdk")
)
WORK: list[Step] = [
    RunCommand("echo hi"),
    WriteFile("a.txt", "a\n"),
    EditFile("a.txt", "a", "b"),
    Say("Done."),
]
HOOK = {"version": 1, "hooks": {"sessionStart": [{"type": "command", "bash": "touch hooked"}]}}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    need(CLI)
    with bench(tmp_path, CLI) as made:
        yield made


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[Bench]:
    need(SDK)
    with bench(tmp_path, SDK) as made:
        yield made


def write(desk: Bench, name: str, text: str) -> None:
    path = desk.workspace / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"api_format": "chat"}, "/v1/chat/completions"),
        ({"api_format": "responses"}, "/v1/responses"),
        ({"sub_provider": "anthropic"}, "/v1/messages"),
    ],
)
def test_protocols(desk: Bench, options: dict[str, str], path: str) -> None:
    record, model = desk.ask(WORK, options=options)
    assert (record.completed, record.fault) == (True, None)
    assert (desk.workspace / "a.txt").read_text() == "b\n"
    assert {request.path.partition("?")[0] for request in model.requests} == {path}
    assert record.spent.usage.total_input == 100 * len(model.asked)


@pytest.mark.parametrize(
    "name",
    [
        "AGENTS.md",
        "CLAUDE.md",
        "GEMINI.md",
        ".github/copilot-instructions.md",
        ".github/instructions/a.instructions.md",
    ],
)
def test_instructions_reach_the_model(desk: Bench, name: str) -> None:
    write(desk, name, '---\napplyTo: "**"\n---\nMARK-OF-INSTRUCTIONS\n')
    _, model = desk.ask([Say("x")])
    assert "MARK-OF-INSTRUCTIONS" in str(model.asked[0].body)


def test_instructions_reach_the_model_through_the_sdk(sdk: Bench) -> None:
    write(sdk, "AGENTS.md", "MARK-OF-INSTRUCTIONS\n")
    record, model = sdk.ask([Say("x")])
    assert record.completed
    assert "MARK-OF-INSTRUCTIONS" in str(model.asked[0].body)


def test_instructions_of_the_root_reach_a_directory_below(desk: Bench) -> None:
    write(desk, "AGENTS.md", "MARK-OF-THE-ROOT\n")
    write(desk, "sub/file.txt", "x\n")
    record, model = desk.ask([RunCommand("pwd > ../where.txt"), Say("x")], options={"cwd": "sub"})
    assert "MARK-OF-THE-ROOT" in str(model.asked[0].body)
    assert (desk.workspace / "where.txt").read_text() == f"{desk.workspace}/sub\n"
    assert record.refused_tools == ()


@pytest.mark.parametrize("trusted", [False, True])
def test_hooks_of_the_workspace(desk: Bench, *, trusted: bool) -> None:
    write(desk, ".github/hooks/hook.json", json.dumps(HOOK))
    record, _ = desk.ask([Say("x")], options={"project_settings": trusted})
    assert record.completed
    assert (desk.workspace / "hooked").exists() is trusted


def test_effort_and_agent_reach_the_model(desk: Bench) -> None:
    write(desk, ".github/agents/rev.agent.md", "---\nname: rev\ndescription: d\n---\nMARK-OF-REV")
    _, model = desk.ask([Say("x")], options={"effort": "high", "agent": "rev"})
    assert model.asked[0].body["reasoning_effort"] == "high"
    assert "MARK-OF-REV" in str(model.asked[0].body)


def test_an_agent_that_is_not_there(desk: Bench) -> None:
    record, model = desk.ask([Say("x")], options={"agent": "nobody"})
    assert (record.completed, record.fault) == (False, Fault.UNSUPPORTED)
    assert "No such agent: nobody" in record.reason
    assert model.requests == ()


def test_a_tool_that_is_taken_away(desk: Bench) -> None:
    record, model = desk.ask([RunCommand("echo x"), Say("x")], options={"denied_tools": ["bash"]})
    assert "bash" not in model.asked[0].tools
    assert record.refused_tools == ("bash",)


def test_only_what_is_allowed(desk: Bench) -> None:
    record, _ = desk.ask(
        [RunCommand("touch no.txt"), WriteFile("yes.txt", "x\n"), Say("x")],
        options={"allowed_tools": ["write"]},
    )
    assert record.refused_tools == ("bash",)
    assert not (desk.workspace / "no.txt").exists()
    assert (desk.workspace / "yes.txt").exists()


def test_further_directories(desk: Bench) -> None:
    outside = desk.root / "more"
    outside.mkdir()
    call = CallTool("create", {"path": str(outside / "a.txt"), "file_text": "a\n"})
    record, _ = desk.ask([call, Say("x")])
    assert record.refused_tools == ("create",)
    record, _ = desk.ask([call, Say("x")], options={"extra_dirs": [str(outside)]})
    assert record.refused_tools == ()
    assert (outside / "a.txt").read_text() == "a\n"


def test_its_own_log(desk: Bench) -> None:
    record, _ = desk.ask([Say("x")], options={"log_dir": str(desk.root / "logs")})
    assert record.completed
    [log] = (desk.root / "logs").iterdir()
    assert "offline mode" in log.read_text()


def test_more_retries_where_they_are_asked_for(desk: Bench) -> None:
    record, model = desk.ask([Status(500), Status(500), Say("Here.")], options={"retries": 2})
    assert (record.completed, record.answer, record.program_retries) == (True, "Here.", 2)
    assert len(model.asked) == 3


@pytest.mark.parametrize("option", ["system_prompt", "append_system_prompt"])
def test_prompts_of_the_sdk(sdk: Bench, option: str) -> None:
    _, model = sdk.ask([Say("x")], options={option: "MARK-OF-PROMPT"})
    said = str(model.asked[0].body)
    assert "MARK-OF-PROMPT" in said
    assert ("GitHub Copilot" in said) is (option == "append_system_prompt")
