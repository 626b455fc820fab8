"""The child around the Claude Agent SDK, with a small package in the SDK's place."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.claude.sdk import CLAUDE_SDK
from pytest_harness.backends.options import AgentOptions
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Fault, RuntimeMode

KEY = "sk-ant-0123456789-abcdef"

SDK = """
import dataclasses, sys
from typing import Any

class ClaudeSDKError(Exception): ...
class CLINotFoundError(ClaudeSDKError): ...
class ProcessError(ClaudeSDKError): ...
class ResultError(ProcessError): ...

@dataclasses.dataclass
class TextBlock:
    text: str

@dataclasses.dataclass
class AssistantMessage:
    content: list
    model: str = "m"
    parent_tool_use_id: Any = None
    error: Any = None
    usage: Any = None
    message_id: Any = "msg_1"

@dataclasses.dataclass
class ResultMessage:
    subtype: str
    is_error: bool
    result: Any = None
    errors: Any = None
    total_cost_usd: float = 0.25
    usage: Any = None
    model_usage: Any = None
    permission_denials: Any = None
    api_error_status: Any = None

@dataclasses.dataclass
class News:
    what: str

class ClaudeAgentOptions:
    def __init__(self, **given):
        self.given = given

async def query(*, prompt, options):
    %s
    yield News("x")
"""
DONE = 'yield AssistantMessage([TextBlock("It is done.")]); yield ResultMessage("success", False)'


def package(root: Path, body: str) -> Path:
    """Make an interpreter whose SDK does what ``body`` says."""
    module = root / "packages" / "claude_agent_sdk"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text(SDK % body if body.isprintable() else body)
    data = root / "packages" / "claude_agent_sdk-0.2.186.dist-info"
    data.mkdir()
    (data / "METADATA").write_text("Name: claude-agent-sdk\nVersion: 0.2.186\n")
    return interpreter(root)


def interpreter(root: Path) -> Path:
    """Make an interpreter that has nothing but what lies in ``packages``."""
    program = root / "python"
    program.write_text(
        f"#!/bin/sh\nshift\nPYTHONPATH='{root}/packages' exec '{sys.executable}' -S \"$@\"\n"
    )
    program.chmod(0o755)
    return program


def propose(root: Path, program: Path) -> ProposalRecord:
    workspace, scratch = root / "ws", root / "scratch"
    workspace.mkdir()
    scratch.mkdir()
    setup = Setup(id="claude", command=(str(program),), options=AgentOptions())
    with Supervisor() as supervisor:
        return AgentBackend(adapter=CLAUDE_SDK, setup=setup).propose(
            ProposalRequest(
                workspace=workspace,
                prompt="the prompt",
                round=1,
                timeout=30,
                artifacts=root / "artifacts",
                scratch=scratch,
                runner=supervisor,
                runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE)),
                place=Place(workspace=workspace, scratch=scratch),
                environment={"PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": KEY},
            )
        )


def test_a_turn(tmp_path: Path) -> None:
    record = propose(tmp_path, package(tmp_path, DONE))
    assert (record.completed, record.fault, record.reason) == (True, None, "")
    assert (record.answer, record.turns, record.spent.cost_usd) == ("It is done.", 1, 0.25)
    assert record.backend_version == "0.2.186"
    events = (tmp_path / "artifacts" / "events.jsonl").read_text()
    assert '"News"' in events


def test_the_prompt_and_the_options_arrive(tmp_path: Path) -> None:
    body = (
        'yield AssistantMessage([TextBlock(prompt + " " + options.given["permission_mode"])]); '
        + DONE.partition("; ")[2]
    )
    record = propose(tmp_path, package(tmp_path, body))
    assert record.answer == "the prompt acceptEdits"


def test_a_failure_is_told_once(tmp_path: Path) -> None:
    body = (
        'yield ResultMessage("success", True, "API Error: 500 out of order", None); '
        'raise ResultError("Claude Code returned an error result")'
    )
    record = propose(tmp_path, package(tmp_path, body))
    assert (record.completed, record.fault, record.exit) == (False, Fault.TRANSPORT, 0)
    assert "500 out of order" in record.reason
    events = (tmp_path / "artifacts" / "events.jsonl").read_text()
    assert events.count('"failed"') == 1


@pytest.mark.parametrize(
    ("body", "fault", "said"),
    [
        ("options.absent", Fault.UNSUPPORTED, "AttributeError"),
        ('raise TypeError("unexpected keyword")', Fault.UNSUPPORTED, "unexpected keyword"),
        ('raise CLINotFoundError("Claude Code not found")', Fault.UNAVAILABLE, "not found"),
        ('raise ProcessError("exit code 9: Not logged in")', Fault.AUTH, "exit code 9"),
        (
            "sys.stdout.write('garbage\\n'); sys.stdout.flush(); return",
            Fault.UNSUPPORTED,
            "garbage",
        ),
        ("sys.exit(5)", Fault.UNAVAILABLE, "printed nothing"),
    ],
)
def test_what_goes_wrong_in_the_sdk(tmp_path: Path, body: str, fault: Fault, said: str) -> None:
    record = propose(tmp_path, package(tmp_path, body))
    assert (record.completed, record.fault) == (False, fault)
    assert said in record.reason
    assert "Traceback" not in record.reason


def test_a_broken_package(tmp_path: Path) -> None:
    record = propose(tmp_path, package(tmp_path, "import no_such_module\n"))
    assert (record.completed, record.fault) == (False, Fault.UNAVAILABLE)
    assert "no_such_module" in record.reason


def test_no_package(tmp_path: Path) -> None:
    record = propose(tmp_path, interpreter(tmp_path))
    assert (record.completed, record.fault, record.ended) == (False, Fault.UNAVAILABLE, None)
    assert "claude-agent-sdk is not installed" in record.reason
    assert "pip install claude-agent-sdk" in record.reason


def test_half_a_turn_is_no_success(tmp_path: Path) -> None:
    body = 'yield AssistantMessage([TextBlock("So far")]); return'
    record = propose(tmp_path, package(tmp_path, body))
    assert (record.completed, record.exit) == (False, 0)
    assert "middle of its turn" in record.reason
