"""What OpenCode prints, read from streams of the real program."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.opencode.events import OpenCodeParser
from pytest_harness.backends.opencode.faults import of_message, of_start
from pytest_harness.backends.opencode.lines import Demultiplexer
from pytest_harness.records import Usage
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Ended, Fault
from tests.backends.reading import ended, events_of, lines_of


def lines(name: str) -> list[bytes]:
    return lines_of(f"opencode_{name}")


def read(
    name: str | list[bytes],
    result: ProcessResult | None = None,
    *,
    retries: int = 1,
    turns: int | None = None,
    follow: bool = False,
    below: str = "",
) -> list[Event]:
    parser = OpenCodeParser(retries=retries, turns=turns, follow=follow, below=below)
    return events_of(parser, lines(name) if isinstance(name, str) else name, result)


def kinds(events: list[Event]) -> list[str]:
    return [event.kind.value for event in events]


def only(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


def test_turn_that_solves() -> None:
    events = read("edit")
    assert kinds(events)[:2] == ["session", "turn"]
    assert kinds(events)[-4:] == ["reasoning", "message", "usage", "completed"]
    assert len(only(events, EventKind.TURN)) == 6
    calls = only(events, EventKind.CALL_ENDED)
    assert [(call.name, call.work, call.text, call.paths, call.failed) for call in calls] == [
        ("bash", Work.COMMAND, "echo hello > hello.txt; exit 3", (), True),
        ("read", Work.READ, "", ("a.txt",), False),
        ("edit", Work.EDIT, "", ("a.txt",), False),
        ("write", Work.EDIT, "", ("/ws/docs/a.md",), False),
        ("nosuch", Work.OTHER, "Invalid Tool", (), True),
    ]
    assert [call.exit for call in calls] == [3, None, None, None, None]
    started = only(events, EventKind.CALL_STARTED)
    assert [call.call for call in started] == [call.call for call in calls]
    assert json.loads(started[3].arguments)["content"] == "a\n"
    assert only(events, EventKind.MESSAGE)[-1].text == "It is done."


def test_paths_are_relative_to_the_workspace() -> None:
    calls = only(read("edit", below="sub"), EventKind.CALL_ENDED)
    assert [call.paths for call in calls[1:4]] == [
        ("sub/a.txt",),
        ("sub/a.txt",),
        ("/ws/docs/a.md",),
    ]


def test_usage_is_added_up_and_an_unknown_price_is_no_cost() -> None:
    last = only(read("edit"), EventKind.USAGE)[-1]
    assert last.usage == Usage(input=540, cached_input=60, cache_write=0, output=90, reasoning=30)
    assert last.cost_usd is None


def test_cost_is_added_up() -> None:
    part = {"reason": "tool-calls", "cost": 0.25, "tokens": {"input": 1}}
    line = json.dumps({"type": "step_finish", "part": part}).encode()
    assert [event.cost_usd for event in read([line, line])][:2] == [0.25, 0.5]


def test_refused_call() -> None:
    events = read("denied")
    [refused] = only(events, EventKind.PERMISSION)
    assert (refused.name, refused.allowed) == ("write", False)
    assert only(events, EventKind.CALL_ENDED)[0].failed
    assert kinds(events)[-1] == "completed"


def test_question_that_nobody_answers_is_told() -> None:
    events = read("rejected")
    assert only(events, EventKind.PERMISSION)[0].name == "write"
    assert events[-1].kind is EventKind.FAILED
    assert "nobody was there to answer: permission requested: external_directory (/tmp/" in (
        events[-1].text
    )
    assert of_message(events[-1].text) is None


@pytest.mark.parametrize(("code", "fault"), [(429, Fault.RATE_LIMIT), (500, Fault.TRANSPORT)])
def test_second_failure_in_a_row_is_in_vain(code: int, fault: Fault) -> None:
    events = read(f"status_{code}", ended(how=Ended.STOPPED, code=None))
    assert kinds(events) == ["session", "turn", "notice", "retry", "turn", "circles"]
    assert f"scripted {code}" in events[-1].text
    assert of_message(events[-1].text) is fault


def test_more_retries_where_they_are_wanted() -> None:
    events = read("status_500", ended(how=Ended.STOPPED, code=None), retries=2)
    assert only(events, EventKind.CIRCLES) == []
    assert len(only(events, EventKind.NOTICE)) == 2


def test_without_retries_it_is_stopped_when_it_asks_again() -> None:
    events = read("status_500", ended(how=Ended.STOPPED, code=None), retries=0)
    assert kinds(events) == ["session", "turn", "notice", "circles"]


def test_failure_without_another_try() -> None:
    events = read("status_401", ended(code=1))
    assert events[-1].kind is EventKind.FAILED
    assert events[-1].text == "status 401: scripted 401"
    assert of_message(events[-1].text) is Fault.AUTH


def test_recovery_forgets_failures() -> None:
    events = read("recovers")
    assert len(only(events, EventKind.RETRY)) == 1
    assert kinds(events)[-1] == "completed"


def test_streams_that_break_off_again_and_again_are_stopped() -> None:
    events = read("cut", ended(how=Ended.STOPPED, code=None))
    assert len(only(events, EventKind.CIRCLES)) == 1
    assert events[-1].kind is EventKind.CIRCLES
    assert of_message(events[-1].text) is Fault.TRANSPORT


def test_limit_of_tokens_is_no_success_and_no_fault() -> None:
    events = read("length")
    assert events[-1].kind is EventKind.FAILED
    assert "limit of tokens" in events[-1].text
    assert of_message(events[-1].text) is None


def test_other_agent_than_the_wanted_one_is_stopped() -> None:
    [event] = only(read("no_agent", ended(how=Ended.STOPPED, code=None)), EventKind.CIRCLES)
    assert event.text == 'agent "nosuch" not found. Falling back to default agent'
    assert of_message(event.text) is Fault.UNSUPPORTED


def test_limit_of_turns() -> None:
    events = read("edit", ended(how=Ended.STOPPED, code=None), turns=2)
    assert events[-1].kind is EventKind.CIRCLES
    assert "2 times" in events[-1].text
    assert kinds(read("edit", turns=6))[-1] == "completed"


@pytest.mark.parametrize(
    "result",
    [ended(code=1), ended(how=Ended.TIMEOUT, code=None), ended(how=Ended.LIMIT, code=None)],
)
def test_success_needs_the_programs_own_end(result: ProcessResult) -> None:
    assert only(read("edit", result), EventKind.COMPLETED) == []


def test_log_is_followed_on_demand() -> None:
    assert only(read("edit"), EventKind.OTHER) == []
    followed = only(read("edit", follow=True), EventKind.OTHER)
    assert followed
    assert {event.name for event in followed} == {"log"}


def test_titles_are_not_turns() -> None:
    titles = [line.replace(b"small=false", b"small=true") for line in lines("status_500")]
    assert read(titles, ended(how=Ended.STOPPED, code=None)) == []


LOG = next(line for line in lines("edit") if b"message=stream " in line)
EVENT = next(line for line in lines("edit") if b'"tool_use"' in line)


@given(st.lists(st.integers(1, len(EVENT) - 1), max_size=6, unique=True))
def test_events_that_the_log_cuts_into_pieces_are_put_together(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(EVENT)]
    pieces = [EVENT[start:end] for start, end in itertools.pairwise(at)]
    printed = (LOG + b"\n").join(pieces) + b"\n" + EVENT
    demultiplexer = Demultiplexer()
    whole = [each for line in printed.split(b"\n") for each, _ in demultiplexer.feed(line)]
    assert sorted(whole) == sorted([EVENT] * 2 + [LOG] * (len(pieces) - 1))
    assert demultiplexer.rest() == b""


@given(st.lists(st.binary(max_size=200) | st.sampled_from(lines("edit")), max_size=8))
def test_nothing_raises(given: list[bytes]) -> None:
    for event in read(given):
        event.to_json()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["part", "state", "tokens", "cache", "input", "metadata", "error"]),
                inner,
                max_size=4,
            )
        ),
    ),
    st.sampled_from(["tool_use", "step_finish", "step_start", "text", "reasoning", "error", "new"]),
)
def test_unexpected_shapes_are_events(value: object, kind: str) -> None:
    line = json.dumps({"type": kind, "part": value, "error": value}).encode()
    for event in read([line]):
        event.to_json()


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("status 400: unknown field", Fault.UNSUPPORTED),
        ("status 403: no", Fault.AUTH),
        ("Model not found: openai/none.", Fault.UNSUPPORTED),
        ("Cannot connect to API: Unable to connect.", Fault.TRANSPORT),
        ("status 400: prompt is too long: 300000 tokens", None),
        ("the model's server failed again and again, at last with: Strange", Fault.TRANSPORT),
        ("the model's server failed again and again, at last with: Rate limit", Fault.RATE_LIMIT),
        ("Something else", None),
    ],
)
def test_classes_of_messages(message: str, fault: Fault | None) -> None:
    assert of_message(message) is fault


def test_start_that_failed_is_explained() -> None:
    said = b"EROFS: read-only file system, mkdir '/home/me/.local'\n"
    fault, reason = of_start(ended(code=1, said=said))
    assert fault is Fault.UNAVAILABLE
    assert "EROFS" in reason
    assert of_start(ended(code=1))[1].endswith("its exit code is 1")
