"""What is read of Copilot CLI's stream, from recorded runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.copilot.cli import COPILOT_CLI
from pytest_harness.backends.copilot.events import CopilotParser
from pytest_harness.backends.copilot.usage import usage_of_run
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.transcript import Transcript
from pytest_harness.records import Usage
from pytest_harness.vocabulary import Fault
from tests.backends.reading import events_of, lines_of, summed

STREAMS = Path(__file__).parent / "streams"
STAGE = Path("/stage")


def read(name: str, parser: CopilotParser | None = None) -> list[Event]:
    return events_of(parser or CopilotParser(), lines_of(f"copilot_{name}"))


def transcript_of(name: str, parser: CopilotParser | None = None) -> Transcript:
    return summed(read(name, parser), STAGE)


def test_edit() -> None:
    seen = transcript_of("edit")
    assert seen.completed
    assert seen.answer == "It is done."
    assert (seen.turns, seen.retries, seen.refused) == (5, 0, [])
    assert seen.changes == ("hello.txt",)
    assert seen.reads == ("hello.txt",)
    assert [(call.name, call.summary, call.exit) for call in seen.calls] == [
        ("create", "hello.txt", None),
        ("view", "hello.txt", None),
        ("edit", "hello.txt", None),
        ("bash", "echo hi; exit 3", 3),
    ]


def test_a_call_has_its_arguments_and_its_work() -> None:
    calls = [each for each in read("edit") if each.kind is EventKind.CALL_STARTED]
    assert [call.work for call in calls] == [Work.EDIT, Work.READ, Work.EDIT, Work.COMMAND]
    edit = json.loads(calls[2].arguments)
    assert (edit["old_str"], edit["new_str"]) == ("hello", "hello world")
    [command] = [
        each
        for each in read("edit")
        if each.kind is EventKind.CALL_ENDED and each.work is Work.COMMAND
    ]
    assert command.output.startswith("hi\n")
    assert not command.failed


def test_responses() -> None:
    seen = transcript_of("responses")
    assert (seen.completed, seen.answer, seen.turns) == (True, "It is done.", 5)


@pytest.mark.parametrize("name", ["refused", "taken"])
def test_a_refused_tool_is_told_though_the_turn_is_finished(name: str) -> None:
    seen = transcript_of(name, CopilotParser(denied=("bash",)))
    assert (seen.completed, seen.refused) == (True, ["bash"])
    assert seen.calls_failed == 1


def test_an_unknown_tool_is_no_refused_one() -> None:
    assert transcript_of("taken").refused == []


def test_an_error_that_is_not_tried_again() -> None:
    seen = transcript_of("status_400")
    assert not seen.completed
    assert not seen.circles
    assert seen.failure == "400 scripted 400"


@pytest.mark.parametrize(
    ("name", "fault", "asked"),
    [
        ("status_401", Fault.AUTH, "asked 2 times"),
        ("status_429", Fault.RATE_LIMIT, "asked once"),
        ("status_500", Fault.TRANSPORT, "asked 2 times"),
        ("cut", Fault.TRANSPORT, "asked 2 times"),
        ("malformed", Fault.TRANSPORT, "asked 2 times"),
        ("connection_refused", Fault.TRANSPORT, "asked 2 times"),
    ],
)
def test_a_dead_provider_is_not_asked_for_ever(name: str, fault: Fault, asked: str) -> None:
    seen = transcript_of(name)
    assert not seen.completed
    assert asked in seen.circles
    assert COPILOT_CLI.classify(seen.circles) is fault
    assert seen.failure is not None
    assert COPILOT_CLI.classify(seen.failure) is fault


def test_it_may_ask_as_often_as_it_is_told() -> None:
    assert transcript_of("status_500", CopilotParser(retries=3)).circles == ""
    assert "asked once" in transcript_of("status_500", CopilotParser(retries=0)).circles
    assert transcript_of("status_429", CopilotParser(retries=1)).circles == ""


def test_a_rate_limit_after_an_answer_is_waited_for() -> None:
    parser = CopilotParser()
    edit, limited = (
        (STREAMS / f"copilot_{name}.jsonl").read_bytes().splitlines()
        for name in ("edit", "status_429")
    )
    said = [*edit[:20], *(line for line in limited if b"call_failure" in line)]
    kinds = [event.kind for line in said for event in parser.parse(line, 1.0)]
    assert EventKind.CIRCLES not in kinds
    assert kinds[-1] is EventKind.NOTICE


def test_an_error_that_passed() -> None:
    seen = transcript_of("recovered")
    assert (seen.completed, seen.retries, seen.answer) == (True, 1, "Here I am.")


def test_a_result_after_a_signal_is_no_success() -> None:
    parser = CopilotParser()
    seen = transcript_of("time_is_over", parser)
    # Given time, it prints this as well.
    result = (STREAMS / "copilot_edit.jsonl").read_bytes().splitlines()[-1]
    assert b'"exitCode":0' in result
    for event in parser.parse(result, 9.0):
        seen.add(event)
    assert not seen.completed
    assert seen.failure is None


def test_a_result_without_an_answer_is_no_success() -> None:
    result = (STREAMS / "copilot_edit.jsonl").read_bytes().splitlines()[-1]
    [event] = CopilotParser().parse(result, 1.0)
    assert event.kind is EventKind.FAILED
    assert "without an answer" in event.text


def test_agents_of_the_agent_do_not_answer_for_it() -> None:
    seen = transcript_of("agents")
    assert seen.completed
    said = [event for event in read("agents") if event.kind is EventKind.MESSAGE]
    assert len(said) == 1
    assert seen.answer == "All of it is done. "
    assert "task" in [call.name for call in seen.calls]


def test_the_first_words_are_told_at_once_and_the_others_cost_nothing() -> None:
    delta = b'{"type":"assistant.message_delta","data":{"deltaContent":"x"},"ephemeral":true}'
    parser = CopilotParser()
    assert [event.kind for event in parser.parse(delta, 1.0)] == [EventKind.REASONING]
    assert parser.parse(delta, 2.0) == ()


def test_unknown_events_and_other_lines() -> None:
    parser = CopilotParser()
    [event] = parser.parse(b'{"type":"session.something_new","data":{}}', 1.0)
    assert (event.kind, event.name) == (EventKind.OTHER, "session.something_new")
    [event] = parser.parse(b"Segmentation fault", 1.0)
    assert (event.kind, event.text) == (EventKind.TEXT, "Segmentation fault")


NAMES = st.sampled_from(
    [
        "model.call_failure",
        "assistant.message",
        "tool.execution_start",
        "tool.execution_complete",
        "session.error",
        "result",
        "abort",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["toolCallId", "arguments", "error", "fileEdits", "statusCode", "shellExecution", "message"]
)


@given(st.binary())
def test_any_line_gives_events(line: bytes) -> None:
    for event in CopilotParser().parse(line, 1.0):
        event.to_json()


@given(NAMES, st.dictionaries(KEYS, JSON), JSON)
def test_any_event_gives_events(name: str, data: dict[str, object], more: object) -> None:
    parser = CopilotParser()
    for document in ({"type": name, "data": data, "exitCode": more}, {"type": name, "data": more}):
        for event in parser.parse(json.dumps(document).encode(), 1.0):
            event.to_json()


def test_usage_from_the_file_that_the_program_writes() -> None:
    assert usage_of_run(STREAMS / "copilot_usage.json", None) == Usage(
        input=270, cached_input=30, cache_write=0, output=45, reasoning=15
    )


def test_usage_from_the_log_where_there_is_no_such_file(tmp_path: Path) -> None:
    session = tmp_path / "session-state" / "one"
    session.mkdir(parents=True)
    events = (STREAMS / "copilot_session" / "events.jsonl").read_bytes()
    (session / "events.jsonl").write_bytes(events + b'{"type":"session.usage_rec')
    usage = usage_of_run(tmp_path / "none.json", tmp_path)
    assert usage is not None
    assert usage.total_input == 100 * events.count(b'"type":"session.usage_record"')
    assert usage_of_run(tmp_path / "none.json", None) is None


def test_a_usage_file_that_is_something_else(tmp_path: Path) -> None:
    told = tmp_path / "usage.json"
    told.symlink_to(STREAMS / "copilot_usage.json")
    assert usage_of_run(told, None) is None
    told.unlink()
    told.write_text("[1]")
    assert usage_of_run(told, None) is None
