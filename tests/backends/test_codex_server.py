"""Speaking with the server of Codex, and reading what it printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.codex.app_server import CODEX_APP_SERVER
from pytest_harness.backends.codex.command import server_settings
from pytest_harness.backends.codex.server import Dialogue, quiet
from pytest_harness.backends.codex.server_events import ServerParser
from pytest_harness.backends.codex.settings import Situation
from pytest_harness.backends.events import EventKind, Work
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import Usage

STREAMS = Path(__file__).parent / "streams"
ASKED = {
    "method": "item/commandExecution/requestApproval",
    "id": 0,
    "params": {"itemId": "call_0_0", "command": "ls"},
}


def lines(name: str) -> list[bytes]:
    return (STREAMS / f"codex_server_{name}.jsonl").read_bytes().splitlines()


def read(name: str, allowed: tuple[str, ...] = ()) -> Transcript:
    transcript, parser = Transcript(Path("/ws")), ServerParser(Path("/nowhere"), allowed)
    for at, line in enumerate(lines(name)):
        for event in parser.parse(line, float(at)):
            event.to_json()
            transcript.add(event)
    return transcript


def spoken(dialogue: Dialogue, *messages: object) -> list[dict[str, object]]:
    said = b"".join(dialogue.answer(json.dumps(each).encode()) for each in messages)
    return [json.loads(line) for line in said.splitlines()]


def in_turn(dialogue: Dialogue) -> Dialogue:
    dialogue.begin()
    spoken(
        dialogue,
        {"id": 1, "result": {}},
        {"id": 2, "result": {"thread": {"id": "T"}}},
        {"id": 3, "result": {"turn": {"id": "U"}}},
    )
    return dialogue


def test_one_thread_and_one_turn() -> None:
    dialogue = Dialogue({"model": "m"}, "Do it: é.", ())
    first = json.loads(dialogue.begin())
    assert first["method"] == "initialize"
    assert "jsonrpc" not in first
    told, started = spoken(dialogue, {"id": 1, "result": {}})
    assert told == {"method": "initialized", "params": {}}
    assert started == {"id": 2, "method": "thread/start", "params": {"model": "m"}}
    [turn] = spoken(dialogue, {"id": 2, "result": {"thread": {"id": "T"}}})
    said = {"threadId": "T", "input": [{"type": "text", "text": "Do it: é."}]}
    assert turn == {"id": 3, "method": "turn/start", "params": said}
    assert not dialogue.over


def test_a_key_is_handed_over_before_the_thread() -> None:
    dialogue = Dialogue({}, "x", (), key="sk-1")
    dialogue.begin()
    [_, login] = spoken(dialogue, {"id": 1, "result": {}})
    assert login["params"] == {"type": "apiKey", "apiKey": "sk-1"}
    [started] = spoken(dialogue, {"id": 2, "result": {"type": "apiKey"}})
    assert started["method"] == "thread/start"


def test_answers_are_known_by_their_id_and_not_by_their_order() -> None:
    dialogue = Dialogue({}, "x", ())
    dialogue.begin()
    early = {"method": "thread/started", "params": {"thread": {"id": "T"}}}
    assert spoken(dialogue, early) == []
    assert len(spoken(dialogue, {"id": 1, "result": {}})) == 2
    assert spoken(dialogue, {"id": 99, "result": {"thread": {"id": "X"}}}) == []
    [turn] = spoken(dialogue, {"id": 2, "result": {"thread": {"id": "T"}}})
    assert turn["method"] == "turn/start"


def test_the_end_of_its_own_turn_ends_the_dialogue() -> None:
    dialogue = in_turn(Dialogue({}, "x", ()))
    spoken(dialogue, {"method": "turn/completed", "params": {"threadId": "other"}})
    assert not dialogue.over
    spoken(dialogue, {"method": "turn/completed", "params": {"threadId": "T"}})
    assert dialogue.over


def test_a_refused_step_ends_the_dialogue() -> None:
    dialogue = Dialogue({}, "x", ())
    dialogue.begin()
    spoken(dialogue, {"id": 1, "error": {"code": -1, "message": "no"}})
    assert dialogue.over


def test_the_turn_is_interrupted_once_there_is_one() -> None:
    early = Dialogue({}, "x", ())
    early.begin()
    assert early.end() == b""
    said = json.loads(in_turn(Dialogue({}, "x", ())).end())
    assert (said["method"], said["params"]) == ("turn/interrupt", {"threadId": "T", "turnId": "U"})


@pytest.mark.parametrize(
    ("method", "allowed", "answer"),
    [
        ("item/commandExecution/requestApproval", (), {"decision": "decline"}),
        ("item/commandExecution/requestApproval", ("shell",), {"decision": "accept"}),
        ("item/fileChange/requestApproval", ("shell",), {"decision": "decline"}),
        ("item/fileChange/requestApproval", ("edit",), {"decision": "accept"}),
        ("execCommandApproval", (), {"decision": "denied"}),
        ("applyPatchApproval", ("edit",), {"decision": "approved"}),
        ("item/permissions/requestApproval", ("shell", "edit"), {"permissions": {}}),
        ("item/tool/requestUserInput", (), {"answers": {}}),
        ("mcpServer/elicitation/request", (), {"action": "decline"}),
    ],
)
def test_what_is_asked_is_answered(
    method: str, allowed: tuple[str, ...], answer: dict[str, object]
) -> None:
    dialogue = in_turn(Dialogue({}, "x", allowed))
    assert spoken(dialogue, {**ASKED, "method": method}) == [{"id": 0, "result": answer}]
    [event] = ServerParser(Path("/x"), allowed).parse(
        json.dumps({**ASKED, "method": method}).encode(), 0
    )
    assert event.kind is EventKind.PERMISSION
    assert event.allowed is (answer.get("decision") in {"accept", "approved"})


def test_what_is_not_known_is_refused() -> None:
    dialogue = in_turn(Dialogue({}, "x", ()))
    [said] = spoken(dialogue, {"method": "account/chatgptAuthTokens/refresh", "id": "a"})
    assert said["id"] == "a"
    assert "error" in said


def test_a_whole_run() -> None:
    transcript = read("basic")
    assert transcript.completed
    assert transcript.answer == "done"
    assert [(call.name, call.summary, call.exit) for call in transcript.calls] == [
        ("shell", "echo hello world > hello.txt; echo ok", 0),
        ("edit", "new.txt", None),
    ]
    assert transcript.changes == ("new.txt",)
    assert transcript.usage == Usage(
        input=181, cached_input=20, cache_write=0, output=31, reasoning=10
    )


def test_a_declined_call_is_a_refusal() -> None:
    transcript = read("decline")
    assert transcript.completed
    assert transcript.refused == ["shell"]
    assert all(call.failed for call in transcript.calls)


def test_a_failed_turn_says_why() -> None:
    transcript = read("failed")
    assert not transcript.completed
    assert transcript.failure is not None
    assert "scripted 400" in transcript.failure


def test_an_interrupted_turn_hides_no_reason() -> None:
    transcript = read("interrupt")
    assert (transcript.completed, transcript.failure) == (False, None)
    parser = ServerParser(Path("/x"), ())
    line = b'{"method":"turn/completed","params":{"turn":{"status":"interrupted"}}}'
    assert parser.parse(line, 0) == ()


def test_retries_and_refused_steps() -> None:
    parser = ServerParser(Path("/x"), ())
    error = {"method": "error", "params": {"error": {"message": "Reconnecting"}, "willRetry": True}}
    [again] = parser.parse(json.dumps(error).encode(), 0)
    [refused] = parser.parse(b'{"id":2,"error":{"code":1,"message":"no such model"}}', 0)
    assert (again.kind, again.text) == (EventKind.RETRY, "Reconnecting")
    assert (refused.kind, refused.text) == (EventKind.FAILED, "no such model")


def test_pieces_of_what_comes_whole_later_are_passed_over() -> None:
    piece = b'{"method":"item/agentMessage/delta","params":{"delta":"do"}}'
    assert quiet(piece)
    assert ServerParser(Path("/x"), ()).parse(piece, 0) == ()
    assert Dialogue({}, "x", ()).answer(piece) == b""
    assert not quiet(b'{"method":"item/completed","params":{"delta":1}}')


def test_other_items() -> None:
    item = {"type": "mcpToolCall", "id": "1", "server": "s", "tool": "t", "arguments": {"a": 1}}
    line = {"method": "item/completed", "params": {"item": {**item, "status": "failed"}}}
    [event] = ServerParser(Path("/x"), ()).parse(json.dumps(line).encode(), 0)
    assert (event.name, event.arguments, event.work) == ("s.t", '{"a": 1}', Work.OTHER)
    assert event.failed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"approval_policy": "sometimes"}, "give one of never, on-request, untrusted"),
        ({"approval_policy": "on-request", "allowed_tools": ["bash"]}, "give one of shell, edit"),
        ({"allowed_tools": ["shell"]}, "it never asks; give approval_policy as well"),
        ({"approval_policy": "untrusted", "bypass_permissions": True}, "not both"),
        ({"api_format": "chat"}, "does not speak any more"),
    ],
)
def test_mistakes_are_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CODEX_APP_SERVER.check(Setup(id="a", options=AgentOptions.read(given)))


def test_settings_of_the_server() -> None:
    situation = Situation(workspace=Path("/place/ws"))
    options = AgentOptions(oss=True, extra_dirs=("/a",), cwd="sub")
    found = server_settings(options, situation, keyed=False)
    assert found["model_provider"] == "ollama"
    assert found["sandbox_workspace_write.writable_roots"] == ("/place/ws", "/a")
    assert "approval_policy" not in found
    assert "cli_auth_credentials_store" not in found
    keyed = server_settings(AgentOptions(), situation, keyed=True)
    assert keyed["cli_auth_credentials_store"] == "ephemeral"


@given(st.binary(max_size=200))
def test_no_bytes_break_parser_or_dialogue(line: bytes) -> None:
    for event in ServerParser(Path("/x"), ()).parse(line, 0):
        event.to_json()
    in_turn(Dialogue({}, "x", ())).answer(line)


_json = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
_methods = ["item/started", "item/completed", "thread/tokenUsage/updated", "error"]


@given(
    st.sampled_from([*_methods, "turn/completed", "item/fileChange/requestApproval"]),
    st.dictionaries(
        st.sampled_from(["item", "tokenUsage", "error", "turn", "threadId", "itemId"]),
        _json
        | st.dictionaries(st.sampled_from(["type", "status", "total", "id", "changes"]), _json),
    ),
)
def test_no_shape_breaks_parser_or_dialogue(method: str, params: dict[str, object]) -> None:
    line = json.dumps({"method": method, "id": 0, "params": params}).encode()
    told = json.dumps({"method": method, "params": params}).encode()
    for each in (line, told):
        for event in ServerParser(Path("/x"), ()).parse(each, 0):
            event.to_json()
        in_turn(Dialogue({}, "x", ())).answer(each)
