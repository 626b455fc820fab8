"""What is read of Gemini CLI's stream, from recorded runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.gemini.cli import GEMINI_CLI
from pytest_harness.backends.gemini.events import GeminiParser
from pytest_harness.backends.gemini.session import Session
from pytest_harness.backends.transcript import Transcript
from pytest_harness.records import Usage
from pytest_harness.vocabulary import Fault
from tests.backends.reading import STREAMS, WORKSPACE, ended, events_of, summed


def home_with_session(tmp_path: Path, stream: bytes) -> Path:
    """Put the recorded file of a session where the program keeps it."""
    identity = json.loads(stream.splitlines()[0])["session_id"]
    chats = tmp_path / ".gemini" / "tmp" / "ws" / "chats"
    chats.mkdir(parents=True)
    recorded = (STREAMS / "gemini_session.jsonl").read_bytes()
    (chats / f"session-2026-11-21T08-00-{identity[:8]}.jsonl").write_bytes(recorded)
    return tmp_path


def read(stream: bytes, home: Path = Path("/nonexistent"), stderr: str = "") -> list[Event]:
    return events_of(GeminiParser(WORKSPACE, home), stream.splitlines(), ended(stderr))


def transcript_of(name: str, stderr: str = "") -> Transcript:
    return summed(read((STREAMS / f"gemini_{name}.jsonl").read_bytes(), stderr=stderr))


def test_edit(tmp_path: Path) -> None:
    stream = (STREAMS / "gemini_edit.jsonl").read_bytes()
    transcript = Transcript(WORKSPACE)
    events = read(stream, home_with_session(tmp_path, stream))
    for event in events:
        transcript.add(event)
    assert transcript.completed
    assert transcript.answer == "It is done."
    assert transcript.turns == 6
    assert transcript.usage == Usage(input=540, cached_input=60, output=90, reasoning=30)
    assert transcript.cost_usd is None
    assert transcript.changes == ("docs/a.md",)
    assert transcript.reads == ("docs/a.md",)
    assert [(call.name, call.summary, call.exit) for call in transcript.calls] == [
        ("run_shell_command", "echo hello; exit 3", 3),
        ("write_file", "docs/a.md", None),
        ("replace", "docs/a.md", None),
        ("read_file", "docs/a.md", None),
        ("run_shell_command", "exit 4", 4),
    ]
    command = next(event for event in events if event.kind is EventKind.CALL_STARTED)
    assert command.work is Work.COMMAND
    assert json.loads(command.arguments)["command"] == "echo hello; exit 3"
    result = next(event for event in events if event.kind is EventKind.CALL_ENDED)
    assert (result.output, result.failed) == ("hello", True)
    assert [e.text for e in events if e.kind is EventKind.MESSAGE] == ["I look.", "It is done."]


def test_exit_code_is_unknown_without_the_file_of_the_session() -> None:
    assert [call.exit for call in transcript_of("edit").calls] == [None, None, None, None, 4]


def test_parts_of_a_message_are_one_message() -> None:
    part = b'{"type":"message","role":"assistant","content":"%s","delta":true}\n'
    stream = part % b"a" + part % b"b" + b'{"type":"result","status":"success","stats":{}}\n'
    [message] = [event for event in read(stream) if event.kind is EventKind.MESSAGE]
    assert (message.text, message.seen) == ("ab", 0.0)
    [message] = [event for event in read(part % b"a") if event.kind is EventKind.MESSAGE]
    assert message.text == "a"


def test_refused_tools_and_invented_ones() -> None:
    assert transcript_of("refused").refused == ["write_file"]
    assert transcript_of("refused").calls_failed == 2
    assert transcript_of("outside").refused == ["write_file"]
    assert transcript_of("outside").changes == ()


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("status_400", Fault.UNSUPPORTED, "scripted 400"),
        ("status_401", Fault.AUTH, "scripted 401"),
        ("status_429", Fault.RATE_LIMIT, "scripted 429"),
        ("status_500", Fault.TRANSPORT, "scripted 500"),
        ("cut", Fault.TRANSPORT, "without a finish reason"),
        ("malformed", Fault.TRANSPORT, "JSON at position"),
        ("turns", None, "max session turns"),
        ("loop", None, "Loop detected"),
    ],
)
def test_failures(name: str, fault: Fault | None, said: str) -> None:
    transcript = transcript_of(name)
    assert not transcript.completed
    assert transcript.failure is not None
    assert said in transcript.failure
    assert GEMINI_CLI.classify(transcript.failure) is fault


def test_turn_that_was_not_asked_is_not_counted() -> None:
    assert transcript_of("turns").turns == 2


def test_retries_are_read_from_standard_error() -> None:
    lines = "Attempt 1 failed with status 500. Retrying with backoff... _ApiError: {}\n    at x\n"
    done = transcript_of("edit", lines)
    assert (done.completed, done.retries, done.stuck) == (True, 1, "")
    begun = b"".join((STREAMS / "gemini_edit.jsonl").read_bytes().splitlines(keepends=True)[:2])
    waiting = Transcript(WORKSPACE)
    for event in read(begun, stderr=lines):
        waiting.add(event)
    assert GEMINI_CLI.classify(waiting.stuck) is Fault.TRANSPORT
    assert (waiting.turns, waiting.first_event) == (1, None)


def test_messages_of_the_vendor() -> None:
    told = {
        "API key not valid. Please pass a valid API key.": Fault.AUTH,
        "You have exhausted your daily quota on this model.": Fault.RATE_LIMIT,
        "models/gemini-x is not found for API version v1beta": Fault.UNSUPPORTED,
        "exception TypeError: fetch failed sending request": Fault.TRANSPORT,
        'The input token count (2) exceeds the maximum ... "code":400': None,
    }
    assert {text: GEMINI_CLI.classify(text) for text in told} == told


def test_starts_that_failed() -> None:
    noise = "Warning: 256-color support not detected.\nYOLO mode is enabled.\n"
    fault, reason = GEMINI_CLI.explain(ended(f"{noise}Invalid auth method selected.\n"))
    assert (fault, "Invalid auth method" in reason) == (Fault.UNAVAILABLE, True)
    fault, reason = GEMINI_CLI.explain(ended(f"{noise}Usage: gemini\nUnknown argument: x\n"))
    assert fault is Fault.UNSUPPORTED
    assert "npm install" in reason
    assert "printed nothing" in GEMINI_CLI.explain(ended(noise))[1]


def test_file_of_a_session_that_is_no_file_is_left_alone(tmp_path: Path) -> None:
    chats = tmp_path / ".gemini" / "tmp" / "ws" / "chats"
    chats.mkdir(parents=True)
    os.mkfifo(chats / "session-x-01234567.jsonl")
    session = Session(tmp_path)
    session.named("01234567-0000-0000-0000-000000000000")
    assert session.exits() == {}
    assert session.usage() is None


def test_file_of_a_session_is_read_as_it_grows(tmp_path: Path) -> None:
    stream = (STREAMS / "gemini_edit.jsonl").read_bytes()
    home = home_with_session(tmp_path, stream)
    [file] = home.glob(".gemini/tmp/*/chats/*.jsonl")
    whole = file.read_bytes()
    file.write_bytes(b"")
    session = Session(home)
    session.named(json.loads(stream.splitlines()[0])["session_id"])
    for at in range(0, len(whole), 1000):
        with file.open("ab") as grown:
            grown.write(whole[at : at + 1000])
        session.exits()
    assert session.usage() == Usage(input=540, cached_input=60, output=90, reasoning=30)
    assert sorted(session.exits().values()) == [3, 4]


@given(st.binary())
def test_any_line_gives_events_and_none_raises(line: bytes) -> None:
    parser = GeminiParser(WORKSPACE, Path("/nonexistent"))
    assert all(event.to_json() for event in parser.parse(line, 1.0))


WORDS = """type message tool_use tool_result result error init role assistant tool_name tool_id
parameters file_path command stats status output run_shell_command write_file content session_id
total_tokens"""
words = st.sampled_from(WORDS.split())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(words | st.text(), inner),
    max_leaves=8,
)
kinds = st.sampled_from(["message", "tool_use", "tool_result", "result", "error", "init"])


@given(st.lists(st.tuples(kinds, st.dictionaries(words, values))))
def test_any_objects_give_events_and_none_raises(
    lines: list[tuple[str, dict[str, object]]],
) -> None:
    parser = GeminiParser(WORKSPACE, Path("/nonexistent"))
    transcript = Transcript(WORKSPACE)
    for kind, document in lines:
        for event in parser.parse(json.dumps({**document, "type": kind}).encode(), 1.0):
            event.to_json()
            transcript.add(event)
    for event in parser.finish(ended()):
        transcript.add(event)
