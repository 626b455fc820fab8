"""What Claude Code printed, read. The streams were recorded with the scripted model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.claude.events import ClaudeParser
from pytest_harness.backends.claude.faults import of_message
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.transcript import Transcript
from pytest_harness.records import Usage
from pytest_harness.runtime.process import without_process
from pytest_harness.vocabulary import Ended, Fault
from tests.backends.reading import events_of, lines_of, summed

STREAMS = Path(__file__).parent / "streams"
RESULT = without_process(Ended.EXIT)


def read(name: str, denied: tuple[str, ...] = ()) -> list[Event]:
    return events_of(ClaudeParser(denied), lines_of(f"claude_{name}"))


@pytest.mark.parametrize("name", ["edit", "sdk_edit"])
def test_a_whole_turn(name: str) -> None:
    events = read(name)
    transcript = summed(events)
    assert (transcript.completed, transcript.failure) == (True, None)
    assert transcript.answer == "It is done."
    assert (transcript.turns, transcript.retries) == (6, 0)
    assert (transcript.changes, transcript.reads) == (("a.md",), ("a.md",))
    assert transcript.usage == Usage(
        input=540, cached_input=60, cache_write=0, output=120, reasoning=0
    )
    assert transcript.cost_usd == pytest.approx(0.004572)
    commands = [e for e in events if e.kind is EventKind.CALL_ENDED and e.work is Work.COMMAND]
    assert [(e.text, e.exit, e.failed) for e in commands] == [
        ("echo hello > hello.txt", 0, False),
        ("echo bad >&2; exit 3", 3, True),
    ]
    assert "bad" in commands[1].output
    started = next(e for e in events if e.name == "Write")
    assert json.loads(started.arguments)["content"] == "a\n"
    assert not [e for e in events if e.kind in {EventKind.TEXT, EventKind.FAILED}]


@pytest.mark.parametrize("name", ["denied", "sdk_denied"])
def test_refused_tools(name: str) -> None:
    events = read(name, ("Bash(rm *)",))
    refusals = [e for e in events if e.kind is EventKind.PERMISSION]
    assert [(e.name, e.allowed) for e in refusals] == [
        ("Write", False),
        ("Write", False),
        ("Bash", False),
    ]
    transcript = summed(events)
    assert transcript.completed
    assert transcript.changes == ()
    # A tool that nobody denied, and that does not exist, is the model's own mistake.
    assert summed(read(name)).refused == ["Write", "Write"]


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("status_400", Fault.UNSUPPORTED, "400"),
        ("status_401", Fault.AUTH, "401"),
        ("status_404", Fault.UNSUPPORTED, "selected model"),
        ("status_429", Fault.RATE_LIMIT, "try again in 7s"),
        ("status_500", Fault.TRANSPORT, "500"),
        ("sdk_status_500", Fault.TRANSPORT, "500"),
        ("cut", Fault.TRANSPORT, "Stream ended"),
        ("malformed", Fault.TRANSPORT, "Stream ended"),
        ("hang_in_the_middle", Fault.TRANSPORT, "idle timeout"),
        ("turns", None, "maximum number of turns (2)"),
        ("sdk_turns", None, "maximum number of turns (2)"),
        ("budget", None, "maximum budget"),
    ],
)
def test_failures(name: str, fault: Fault | None, said: str) -> None:
    events = read(name)
    transcript = summed(events)
    assert not transcript.completed
    assert transcript.failure is not None
    assert said in transcript.failure
    assert of_message(transcript.failure) is fault
    assert len([e for e in events if e.kind is EventKind.FAILED]) == 1
    if fault is not None:
        assert transcript.answer is None


def test_a_retry_is_told_and_forgiven() -> None:
    transcript = summed(read("recovered"))
    assert (transcript.completed, transcript.retries, transcript.turns) == (True, 1, 1)
    waiting = summed(read("status_429")[:2])
    assert of_message(waiting.stuck) is Fault.RATE_LIMIT


def test_work_in_the_background_brings_a_second_result() -> None:
    events = read("background")
    assert len([e for e in events if e.kind is EventKind.USAGE]) == 2
    assert [e.kind for e in events].count(EventKind.COMPLETED) == 1
    transcript = summed(events)
    assert transcript.usage.total_input == 300
    [call] = transcript.calls
    assert (call.name, call.exit) == ("Bash", None)


def test_woken_and_killed_is_not_finished() -> None:
    lines = (STREAMS / "claude_edit.jsonl").read_bytes().splitlines()
    parser = ClaudeParser()
    for line in lines:
        parser.parse(line, 0.0)
    assert parser.finish(RESULT)
    woken = json.loads(next(line for line in lines if b'"type":"assistant"' in line))
    woken["message"]["id"] = "msg_another"
    parser.parse(json.dumps(woken).encode(), 1.0)
    assert parser.finish(RESULT) == ()


def test_what_a_helper_says_is_no_answer() -> None:
    events = read("helper")
    transcript = summed(events)
    assert transcript.answer == "Sent."
    assert transcript.usage.total_input == 500
    assert "Agent" in {call.name for call in transcript.calls}


def test_parts_of_messages_say_nothing_new() -> None:
    whole = read("partial")
    assert not [e for e in whole if e.kind is EventKind.OTHER and e.name == "stream_event"]
    assert summed(whole).answer == "It is done."


def test_tokens_are_known_before_the_result() -> None:
    lines = (STREAMS / "claude_edit.jsonl").read_bytes().splitlines()
    parser = ClaudeParser()
    transcript = Transcript(Path("/ws"))
    for line in lines[:-1]:
        for event in parser.parse(line, 0.0):
            transcript.add(event)
    assert transcript.usage == Usage(input=540, cached_input=60, cache_write=0)
    assert transcript.cost_usd is None


def test_unknown_events_keep_their_names() -> None:
    parser = ClaudeParser()
    [event] = parser.parse(b'{"type":"surprise","x":1}', 1.0)
    assert (event.kind, event.name, event.raw) == (
        EventKind.OTHER,
        "surprise",
        b'{"type":"surprise","x":1}',
    )
    [event] = parser.parse(b'{"type":"system","subtype":"news"}', 1.0)
    assert (event.kind, event.name) == (EventKind.OTHER, "system.news")
    [event] = parser.parse(b"Warning: half a line", 1.0)
    assert (event.kind, event.text) == (EventKind.TEXT, "Warning: half a line")


def test_what_the_sdk_raised_ends_the_turn() -> None:
    parser = ClaudeParser()
    line = b'{"type":"harness.error","error":"AttributeError: no ClaudeAgentOptions"}'
    [event] = parser.parse(line, 1.0)
    assert event.kind is EventKind.FAILED
    assert of_message(event.text) is Fault.UNSUPPORTED


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["message", "content", "subtype", "usage", "modelUsage", "id", "permission_denials", "result"]
) | st.sampled_from(
    ["tool_use_result", "errors", "is_error", "api_error_status", "error", "parent_tool_use_id"]
)
TYPES = st.sampled_from(["assistant", "user", "system", "result", "harness.error", "other"])
BLOCKS = st.dictionaries(
    st.sampled_from(["type", "text", "name", "input", "id", "tool_use_id", "content", "is_error"]),
    VALUES | st.sampled_from(["tool_use", "tool_result", "text", "Bash", "Write"]),
)
DOCUMENTS = st.builds(
    lambda kind, rest, blocks, more: {
        "type": kind,
        "message": {"content": blocks},
        **more,
        **rest,
    },
    TYPES,
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.lists(BLOCKS, max_size=3),
    st.dictionaries(st.text(max_size=4), VALUES, max_size=2),
)


@given(st.binary(min_size=1) | DOCUMENTS.map(lambda document: json.dumps(document).encode()))
def test_no_line_raises(line: bytes) -> None:
    parser = ClaudeParser(("Bash",))
    for event in (*parser.parse(line, 1.0), *parser.finish(RESULT)):
        assert json.loads(event.to_json())["kind"] == event.kind


def test_a_model_that_says_nothing_has_no_answer() -> None:
    transcript = summed(read("empty"))
    assert (transcript.completed, transcript.answer, transcript.calls) == (True, None, ())
    assert transcript.usage.total_output == 40
