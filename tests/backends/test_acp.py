"""The Agent Client Protocol: our side of it, and what is read of recorded sessions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.acp.adapter import ACP
from pytest_harness.backends.acp.conversation import AcpConversation
from pytest_harness.backends.acp.events import AcpParser
from pytest_harness.backends.acp.protocol import Policy
from pytest_harness.backends.adapter import SCRIPTED_KEY, Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.events import EventKind
from pytest_harness.backends.finding import not_found
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord, Usage
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Ended, Fault, RuntimeMode
from tests.backends.reading import WORKSPACE, ended, events_of, lines_of, summed

AGENT = '''#!/usr/bin/env python3
"""A program that speaks the protocol; its first argument says how it misbehaves."""
import json, sys, time
how = sys.argv[1] if len(sys.argv) > 1 else ""
if how == "--version":
    sys.exit(2)
def say(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
def tell(**update):
    say(method="session/update", params={"sessionId": "s1", "update": update})
if how == "garbage":
    print("hello there")
    sys.exit(0)
for line in sys.stdin:
    message = json.loads(line)
    method, number = message.get("method"), message.get("id")
    if method == "initialize":
        say(id=number, result={"protocolVersion": 9 if how == "version" else 1})
    elif method == "session/new":
        if how == "auth":
            say(id=number, error={"code": -32000, "message": "Authentication required"})
            continue
        models = {"availableModels": [{"modelId": "big"}]}
        say(id=number, result={"sessionId": "s1", "models": models})
    elif method == "session/set_model":
        open("model.txt", "w").write(message["params"]["modelId"])
        say(id=number, result={})
    elif method == "session/prompt":
        asked = number
        open("prompt.txt", "w").write(message["params"]["prompt"][0]["text"])
        if how == "hang":
            tell(sessionUpdate="agent_message_chunk", content={"type": "text", "text": "I wait"})
            continue
        say(id="fs", method="fs/read_text_file", params={"path": "/etc/passwd"})
        options = [{"optionId": "yes", "kind": "allow_once"},
                   {"optionId": "no", "kind": "reject_once"}]
        say(id=0, method="session/request_permission",
            params={"sessionId": "s1", "toolCall": {"toolCallId": "c", "kind": "edit"},
                    "options": options})
    elif method == "session/cancel":
        say(id=asked, result={"stopReason": "cancelled"})
    elif number == "fs":
        open("fs.txt", "w").write(json.dumps(message))
    elif number == 0:
        tell(sessionUpdate="agent_message_chunk",
             content={"type": "text", "text": message["result"]["outcome"]["optionId"]})
        say(id=asked, result={"stopReason": "end_turn"})
'''


def propose(
    tmp_path: Path, how: str = "", timeout: float = 30, model: str | None = None, **options: object
) -> ProposalRecord:
    """Let a small program of our own take the place of an agent."""
    program, workspace = tmp_path / "agent", tmp_path / "ws"
    program.write_text(AGENT)
    program.chmod(0o755)
    workspace.mkdir()
    command = (str(program), *([how] if how else []))
    setup = Setup(id="acp", model=model, command=command, options=AgentOptions.read(options))
    ACP.check(setup)
    runtime = PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE))
    place = Place(workspace=workspace, scratch=tmp_path / "scratch")
    with Supervisor() as supervisor, runtime.enter(place, supervisor) as runner:
        return AgentBackend(adapter=ACP, setup=setup).propose(
            ProposalRequest(
                workspace=workspace,
                prompt="the prompt: ä",
                round=1,
                timeout=timeout,
                artifacts=tmp_path / "artifacts",
                scratch=tmp_path / "scratch",
                runner=runner,
                runtime=runtime,
                place=place,
                environment={"PATH": "/usr/local/bin:/usr/bin:/bin"},
            )
        )


def transcript_of(name: str, *, policy: Policy = Policy.ALLOW) -> Transcript:
    parser = AcpParser(policy, None, notices="copilot" in name)
    return summed(events_of(parser, lines_of(f"acp_{name}"), each=4.0))


def test_any_program(tmp_path: Path) -> None:
    record = propose(tmp_path)
    assert (record.completed, record.fault, record.answer) == (True, None, "yes")
    assert record.backend_version == "unknown"
    assert (tmp_path / "ws" / "prompt.txt").read_text() == "the prompt: ä"
    assert "not offered" in (tmp_path / "ws" / "fs.txt").read_text()


def test_refused_leave(tmp_path: Path) -> None:
    record = propose(tmp_path, approval_policy="reject")
    assert (record.completed, record.answer, record.refused_tools) == (True, "no", ("edit",))


@pytest.mark.parametrize(
    ("how", "fault", "said"),
    [
        ("version", Fault.UNSUPPORTED, "version 9 of the protocol"),
        ("auth", Fault.AUTH, "Authentication required"),
        ("garbage", Fault.UNSUPPORTED, "hello there"),
    ],
)
def test_programs_that_do_not_work(tmp_path: Path, how: str, fault: Fault, said: str) -> None:
    record = propose(tmp_path, how)
    assert (record.completed, record.fault) == (False, fault)
    assert said in record.reason


def test_turn_is_cancelled_at_the_limit(tmp_path: Path) -> None:
    record = propose(tmp_path, "hang", timeout=3)
    assert (record.completed, record.ended, record.fault) == (False, Ended.TIMEOUT, None)
    assert record.answer == "I wait"
    assert b'"cancelled"' in (tmp_path / "artifacts" / "stdout.jsonl").read_bytes()


def test_model_is_set_if_the_program_offers_it(tmp_path: Path) -> None:
    assert propose(tmp_path, model="big").completed
    assert (tmp_path / "ws" / "model.txt").read_text() == "big"


def test_model_that_is_not_offered_is_unsupported(tmp_path: Path) -> None:
    record = propose(tmp_path, model="huge")
    assert (record.completed, record.fault) == (False, Fault.UNSUPPORTED)
    assert "it offers big" in record.reason


@pytest.mark.parametrize("who", ["copilot", "gemini", "opencode"])
def test_edit(who: str) -> None:
    transcript = transcript_of(f"{who}_edit")
    assert transcript.completed
    assert transcript.answer == "It is done."
    assert transcript.changes == ("docs/a.md",)
    assert transcript.reads == ("docs/a.md",)
    summaries = [call.summary for call in transcript.calls if call.name == "execute"]
    assert summaries[:2] == ["echo hello > hello.txt", "echo bad; exit 3"]
    if who != "gemini":
        assert [call.exit for call in transcript.calls][:2] == [0, 3]


def test_tokens() -> None:
    whole = Usage(input=540, cached_input=60, cache_write=0, output=90, reasoning=30)
    assert transcript_of("copilot_edit").usage == whole


@pytest.mark.parametrize("who", ["copilot", "gemini", "opencode"])
def test_rejected(who: str) -> None:
    transcript = transcript_of(f"{who}_reject", policy=Policy.REJECT)
    assert transcript.completed
    assert transcript.refused == ["execute"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("copilot_status_400", Fault.UNSUPPORTED),
        ("copilot_status_401", Fault.AUTH),
        ("copilot_status_429", Fault.RATE_LIMIT),
        ("copilot_status_500", Fault.TRANSPORT),
        ("gemini_status_401", Fault.AUTH),
        ("gemini_cut", Fault.TRANSPORT),
        ("opencode_status_401", Fault.AUTH),
        ("opencode_status_429", Fault.RATE_LIMIT),
    ],
)
def test_failures(name: str, fault: Fault) -> None:
    transcript = transcript_of(name)
    said = transcript.circles or transcript.failure
    assert said
    assert ACP.classify(said) is fault
    assert transcript.circles or not transcript.completed


def test_end_of_a_turn_needs_more_than_its_word() -> None:
    parser = AcpParser(Policy.ALLOW, None)
    for number in (1, 2):
        parser.parse(b'{"jsonrpc":"2.0","id":%d,"result":{"protocolVersion":1}}' % number, 1.0)
    [end] = parser.parse(b'{"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn"}}', 2.0)
    assert end.kind is EventKind.FAILED


def test_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="allow, reject"):
        ACP.check(Setup(id="acp", options=AgentOptions(approval_policy="yolo")))
    other = Setup(id="acp", command=("my-agent",), options=AgentOptions(base_url="http://h/v1"))
    with pytest.raises(ConfigurationError, match="copilot, gemini, opencode"):
        ACP.check(other)
    with pytest.raises(ConfigurationError, match="scripted model"):
        ACP.scripted(Setup(id="acp", command=("my-agent",)), "http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="it has no command"):
        ACP.check(Setup(id="mine"))
    missing = not_found(ACP, Setup(id="acp"), {})
    assert "command = [" in missing.remedy


@pytest.mark.parametrize("who", ["copilot", "gemini", "opencode"])
def test_known_programs_can_ask_a_scripted_model(who: str) -> None:
    setup = Setup(id="acp", command=(f"/opt/{who}", "acp"))
    made = ACP.scripted(setup, "http://127.0.0.1:1")
    assert made.command == setup.command
    assert made.options.env_key == SCRIPTED_KEY
    assert ACP.access(made, {SCRIPTED_KEY: "x"}).names == (SCRIPTED_KEY,)


@given(st.binary())
def test_any_line_gives_events_and_none_raises(line: bytes) -> None:
    parser = AcpParser(Policy.ALLOW, None, notices=True)
    assert all(event.to_json() for event in parser.parse(line, 1.0))
    AcpConversation(WORKSPACE, "x", Policy.ALLOW, None).answer(line)


keys = st.sampled_from(
    ["sessionUpdate", "toolCallId", "kind", "title", "status", "rawInput", "rawOutput", "content"]
)
kinds = st.sampled_from(["tool_call", "tool_call_update", "agent_message_chunk", "execute", "edit"])
values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | kinds | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner),
    max_leaves=8,
)


@given(st.lists(st.tuples(kinds, st.dictionaries(keys, values))))
def test_any_updates_give_events_and_none_raises(updates: list[tuple[str, dict[str, Any]]]) -> None:
    parser, transcript = AcpParser(Policy.ALLOW, None), Transcript(WORKSPACE)
    for kind, update in updates:
        params = {"sessionId": "s", "update": {**update, "sessionUpdate": kind}}
        message = {"jsonrpc": "2.0", "method": "session/update", "params": params}
        for event in parser.parse(json.dumps(message).encode(), 1.0):
            event.to_json()
            transcript.add(event)
    for event in parser.finish(ended()):
        transcript.add(event)
