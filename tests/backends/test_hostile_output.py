"""What a program prints may be meant to do harm: it fills no memory and raises nothing."""

from __future__ import annotations

import gc
import io
import json
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pytest_harness.backends.acp.events import AcpParser
from pytest_harness.backends.acp.protocol import Policy
from pytest_harness.backends.adapter import Parser
from pytest_harness.backends.claude.events import ClaudeParser
from pytest_harness.backends.codex.events import ExecParser
from pytest_harness.backends.codex.server_events import ServerParser
from pytest_harness.backends.copilot.events import CopilotParser
from pytest_harness.backends.gemini.events import GeminiParser
from pytest_harness.backends.json_lines import count
from pytest_harness.backends.listening import Listener
from pytest_harness.backends.opencode.events import OpenCodeParser
from pytest_harness.backends.pi.events import PiParser
from pytest_harness.backends.transcript import Transcript
from pytest_harness.redaction import Vault

HERE = Path("/nowhere")
SECRET = "kq8Zt3mWv5Xc7Lp2Rb9N"
ROOM = 8 << 20
Json = dict[str, object]


def claude(call: str, name: str, text: str) -> Json:
    block = {"type": "tool_use", "id": call, "name": name, "input": {"command": text}}
    return {"type": "assistant", "message": {"id": call, "content": [block]}}


def gemini(call: str, name: str, text: str) -> Json:
    return {
        "type": "tool_use",
        "tool_name": name,
        "tool_id": call,
        "parameters": {"command": text, "file_path": text},
    }


def pi(call: str, name: str, text: str) -> Json:
    return {
        "type": "tool_execution_start",
        "toolCallId": call,
        "toolName": name,
        "args": {"command": text, "path": text},
    }


def copilot(call: str, name: str, text: str) -> Json:
    given = {"command": text, "path": text}
    data = {"toolCallId": call, "toolName": name, "arguments": given}
    return {"type": "tool.execution_start", "data": data}


def opencode(call: str, name: str, text: str) -> Json:
    state = {"status": "completed", "input": {"command": text, "filePath": text}, "output": text}
    return {
        "type": "tool_use",
        "part": {"type": "tool", "callID": call, "tool": name, "state": state},
    }


def acp(call: str, name: str, text: str) -> Json:
    update = {
        "sessionUpdate": "tool_call",
        "toolCallId": call,
        "kind": name,
        "rawInput": {"command": text},
        "locations": [{"path": text}],
        "content": [{"content": {"text": text}}],
    }
    return {"jsonrpc": "2.0", "method": "session/update", "params": {"update": update}}


def codex(call: str, name: str, text: str) -> Json:
    changed = {"type": "file_change", "status": "completed", "changes": [{"path": call + text}]}
    called = {"type": "mcp_tool_call", "server": name, "tool": name, "arguments": {"a": text}}
    which = changed if name == "edit" else called
    return {"type": "item.completed", "item": {"id": call, **which}}


def server(call: str, name: str, text: str) -> Json:
    item = {"id": call, "type": "mcpToolCall", "server": name, "tool": name, "arguments": [text]}
    return {"method": "item/completed", "params": {"item": item}}


KINDS: dict[str, tuple[Callable[[], Parser], Callable[[str, str, str], Json], str]] = {
    "claude": (ClaudeParser, claude, "Bash"),
    "gemini": (lambda: GeminiParser(HERE, HERE), gemini, "run_shell_command"),
    "pi": (lambda: PiParser(HERE), pi, "read"),
    "copilot": (CopilotParser, copilot, "view"),
    "opencode": (lambda: OpenCodeParser(retries=1, turns=None, follow=False), opencode, "edit"),
    "acp": (lambda: AcpParser(Policy.ALLOW, None), acp, "execute"),
    "codex": (lambda: ExecParser(HERE), codex, "edit"),
    "codex-app-server": (lambda: ServerParser(HERE, ()), server, "edit"),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def listen(parser: Parser, lines: Iterable[Json], file: io.BytesIO) -> Transcript:
    """Take lines as the driver does."""
    transcript = Transcript(HERE)
    listener = Listener(file, transcript, Vault([SECRET]), ROOM)
    for each in lines:
        listener.take(parser.parse(json.dumps(each).encode(), 1.0))
    return transcript


@pytest.mark.parametrize("where", ["call", "name", "text"])
def test_secret_is_written_nowhere(kind: str, where: str) -> None:
    make, line, name = KINDS[kind]
    told = {"call": "1", "name": name, "text": "x", where: SECRET}
    file = io.BytesIO()
    transcript = listen(make(), [line(told["call"], told["name"], told["text"])], file)
    assert file.getvalue()
    assert SECRET not in file.getvalue().decode()
    assert SECRET not in repr((transcript.calls, transcript.changes, transcript.refused))


@pytest.mark.slow
@pytest.mark.parametrize("where", ["call", "name", "text"])
def test_calls_that_never_end_take_little_memory(kind: str, where: str) -> None:
    make, line, name = KINDS[kind]

    def lines() -> Iterable[Json]:
        for at in range(40):
            told = {"call": str(at), "name": name, "text": "x", where: str(at) + "y" * (1 << 20)}
            yield line(told["call"], told["name"], told["text"])

    parser, file = make(), io.BytesIO()
    gc.collect()
    tracemalloc.start()
    try:
        transcript = listen(parser, lines(), file)
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert transcript.events
    assert size < 16 << 20


@pytest.mark.parametrize("odd", [[], {}, [[{}]], {"a": 1}, None, True, 1e300, "\ud800"])
def test_odd_values_raise_nothing(kind: str, odd: object) -> None:
    make, line, name = KINDS[kind]
    whole = line("1", name, "x")

    def variants(value: object) -> Iterable[object]:
        yield odd
        if isinstance(value, dict):
            for key, each in value.items():
                for other in variants(each):
                    yield {**value, key: other}
        for each in value if isinstance(value, list) else ():
            for other in variants(each):
                yield [other]

    for variant in variants(whole):
        if isinstance(variant, dict):
            listen(make(), [whole, variant, whole], io.BytesIO())


def test_error_of_a_call_with_an_odd_code_is_read() -> None:
    data = {"toolCallId": "1", "success": False, "error": {"code": [], "message": "no"}}
    ended: Json = {"type": "tool.execution_complete", "data": data}
    transcript = listen(CopilotParser(), [copilot("1", "bash", "x"), ended], io.BytesIO())
    assert transcript.calls_failed == 1


@pytest.mark.parametrize("value", [10**15, 10**400, -1, True, 1.0, "1", None])
def test_number_that_no_run_can_have_is_no_number_of_tokens(value: object) -> None:
    assert count(value) is None
