"""The real OpenCode, where it is unlike others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.testing import (
    CallTool,
    Length,
    Repeat,
    RunCommand,
    Say,
    Status,
    Step,
    WriteFile,
)
from pytest_harness.vocabulary import Ended, Fault
from tests.conformance.bench import KEY, Bench, bench
from tests.conformance.programs import REAL, need

pytestmark = pytest.mark.conformance

[OPENCODE] = [real for real in REAL if real.name == "opencode-run"]
PLUGIN = 'require("fs").writeFileSync("{}", "x"); export const P = async () => ({{}})\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    need(OPENCODE)
    with bench(tmp_path, OPENCODE) as made:
        yield made


def put_plugin(desk: Bench) -> Path:
    plugin = desk.workspace / ".opencode" / "plugin" / "a.js"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(PLUGIN.format(desk.root / "executed"))
    return plugin


def test_plugins_of_the_workspace_are_not_executed(desk: Bench) -> None:
    plugin = put_plugin(desk)
    before = plugin.read_text()
    record, _ = desk.ask([Say("x")])
    assert record.completed
    assert not (desk.root / "executed").exists()
    assert plugin.read_text() == before


def test_plugins_of_the_workspace_are_executed_on_demand(desk: Bench) -> None:
    put_plugin(desk)
    record, _ = desk.ask([Say("x")], options={"project_settings": True})
    assert record.completed
    assert (desk.root / "executed").exists()


@pytest.mark.parametrize("api_format", ["responses", "messages", "gemini"])
def test_other_protocols(desk: Bench, api_format: str) -> None:
    steps: list[Step] = [RunCommand("echo a > a.txt"), Say("done")]
    options = {"api_format": api_format, "base_url": "http://127.0.0.1:9/v1"}
    record, model = desk.ask(steps, options=options)
    assert (record.completed, record.answer) == (True, "done")
    assert (desk.workspace / "a.txt").exists()
    assert KEY in str(model.asked[0].headers)


def test_write_outside_is_refused_and_it_goes_on(desk: Bench) -> None:
    outside = desk.root / "outside.txt"
    steps: list[Step] = [WriteFile(str(outside), "no\n"), WriteFile("in.txt", "yes\n"), Say("x")]
    record, _ = desk.ask(steps)
    assert record.completed
    assert not outside.exists()
    assert (desk.workspace / "in.txt").exists()
    assert record.refused_tools == ("write",)


def test_further_directories(desk: Bench) -> None:
    further = desk.root / "further"
    further.mkdir()
    steps: list[Step] = [WriteFile(str(further / "a.txt"), "yes\n"), Say("x")]
    record, _ = desk.ask(steps, options={"extra_dirs": [str(further)]})
    assert record.completed
    assert (further / "a.txt").exists()


def test_what_the_model_is_told(desk: Bench) -> None:
    options = {
        "agent": "plan",
        "variant": "high",
        "append_system_prompt": "APPENDED",
        "denied_tools": ["webfetch", "bash"],
    }
    record, model = desk.ask([Say("x")], options=options)
    assert record.completed
    body: dict[str, Any] = model.asked[0].body
    assert body["reasoning_effort"] == "high"
    assert "APPENDED" in str(body)
    assert not {"bash", "webfetch"} & set(model.asked[0].tools)
    assert {"read", "edit"} <= set(model.asked[0].tools)


def test_only_allowed_tools_are_offered(desk: Bench) -> None:
    _, model = desk.ask([Say("x")], options={"allowed_tools": ["bash", "read"]})
    assert set(model.asked[0].tools) == {"bash", "read"}


def test_limit_of_turns(desk: Bench) -> None:
    record, model = desk.ask([Repeat(RunCommand("echo a"))], options={"turns": 2})
    assert (record.completed, record.fault, record.ended) == (False, None, Ended.STOPPED)
    assert len(model.asked) <= 3
    assert "MAXIMUM STEPS" in str(model.asked[1].body)


@pytest.mark.parametrize("retries", [0, 2])
def test_retries(desk: Bench, retries: int) -> None:
    steps: list[Step] = [Repeat(Status(500, retry_after=0.01))]
    record, model = desk.ask(steps, options={"retries": retries})
    assert record.fault is Fault.TRANSPORT
    assert retries + 1 <= len(model.asked) <= retries + 2


def test_answer_that_was_cut_short(desk: Bench) -> None:
    record, _ = desk.ask([Length()])
    assert (record.completed, record.fault) == (False, None)
    assert "limit of tokens" in record.reason


def test_unknown_tool_is_a_failed_call(desk: Bench) -> None:
    record, _ = desk.ask([CallTool("nosuch", {"a": 1}), Say("x")])
    assert record.completed
    assert [call.name for call in record.tool_calls] == ["nosuch"]


def test_logs(desk: Bench) -> None:
    logs = desk.root / "logs"
    record, _ = desk.ask([Say("x")], options={"log_dir": str(logs), "stream_log": True})
    assert record.completed
    [log] = logs.iterdir()
    # What it logs last it does not always write before it ends.
    assert b" level=INFO " in log.read_bytes()
    assert b'"name":"log"' in (desk.artifacts / "events.jsonl").read_bytes()


def test_working_directory_and_instructions(desk: Bench) -> None:
    below = desk.workspace / "sub"
    below.mkdir()
    (desk.workspace / "AGENTS.md").write_text("TOP-INSTRUCTIONS\n")
    (below / "AGENTS.md").write_text("BELOW-INSTRUCTIONS\n")
    top = desk.workspace / "top.txt"
    steps: list[Step] = [RunCommand("pwd > here.txt"), WriteFile(str(top), "x\n"), Say("x")]
    record, model = desk.ask(steps, options={"cwd": "sub"})
    assert record.completed
    assert (below / "here.txt").read_text() == f"{below}\n"
    assert top.exists()
    said = str(model.asked[0].body)
    assert "TOP-INSTRUCTIONS" in said
    assert "BELOW-INSTRUCTIONS" in said
