"""What is read of Pi's stream, from recorded runs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.pi.cli import PI_CLI
from pytest_harness.backends.pi.events import PiParser
from pytest_harness.backends.transcript import Transcript
from pytest_harness.records import Usage
from pytest_harness.vocabulary import Fault
from tests.backends.reading import WORKSPACE, ended, events_of, lines_of, summed

DONE = b'{"type":"agent_settled"}'


def read(lines: list[bytes], parser: PiParser | None = None) -> list[Event]:
    return events_of(parser or PiParser(WORKSPACE), lines)


def transcript_of(lines: list[bytes], parser: PiParser | None = None) -> Transcript:
    return summed(read(lines, parser))


def answer(stop: str = "stop", cost: object = None, **usage: object) -> bytes:
    """Return a whole message of the model."""
    price = {} if cost is None else {"cost": {"total": cost}}
    message = {"role": "assistant", "stopReason": stop, "usage": {**usage, **price}}
    return json.dumps({"type": "message_end", "message": message}).encode()


def test_edit() -> None:
    events = read(lines_of("pi_edit"))
    transcript = transcript_of(lines_of("pi_edit"))
    assert transcript.completed
    assert transcript.answer == "It is done: a\u2028b."
    assert transcript.turns == 5
    assert transcript.usage == Usage(
        input=450, cached_input=50, cache_write=0, output=75, reasoning=25
    )
    assert transcript.changes == ("docs/a.md",)
    assert transcript.reads == ("docs/a.md",)
    assert [(call.name, call.summary, call.exit, call.failed) for call in transcript.calls] == [
        ("bash", "echo hello; exit 3", 3, True),
        ("write", "docs/a.md", None, False),
        ("edit", "docs/a.md", None, False),
        ("read", "docs/a.md", None, False),
    ]
    command = next(event for event in events if event.kind is EventKind.CALL_STARTED)
    assert command.work is Work.COMMAND
    assert json.loads(command.arguments) == {"command": "echo hello; exit 3"}
    result = next(event for event in events if event.kind is EventKind.CALL_ENDED)
    assert result.output.startswith("hello")
    assert [each.text for each in events if each.kind is EventKind.REASONING][1:] == ["I look."]
    assert {EventKind.OTHER, EventKind.TEXT}.isdisjoint(each.kind for each in events)


def test_first_sign_of_the_model_is_noted_and_the_rest_of_an_answer_is_skipped() -> None:
    lines = lines_of("pi_edit")
    first = next(at for at, line in enumerate(lines) if b'"type":"message_update"' in line)
    assert transcript_of(lines).first_event == first / 10
    parser = PiParser(WORKSPACE)
    said = [event for line in lines for event in parser.parse(line, 0.0) if b"_update" in line[:30]]
    assert len(said) == 1


@pytest.mark.parametrize("name", ["old", "new"])
def test_other_versions(name: str) -> None:
    transcript = transcript_of(lines_of(f"pi_{name}"))
    assert transcript.completed
    assert transcript.answer == "All done."
    assert transcript.turns == 3
    assert transcript.usage.total_input == 360
    assert transcript.cost_usd == pytest.approx(0.000396)
    assert set(transcript.changes) == {"a.txt", "b.txt"}


@pytest.mark.parametrize("name", ["rpc", "sdk", "retried", "empty"])
def test_finished_turns(name: str) -> None:
    transcript = transcript_of(lines_of(f"pi_{name}"))
    assert (transcript.completed, transcript.failure) == (True, None)
    assert transcript.turns == (1 if name == "empty" else 2)
    assert transcript.answer == (None if name == "empty" else "Done.")
    assert transcript.retries == (1 if name == "retried" else 0)


def test_settled_is_the_end_and_not_the_last_answer() -> None:
    for name in ("rpc", "edit", "new"):
        lines = lines_of(f"pi_{name}")
        end = next(at for at, line in enumerate(lines) if b'"type":"agent_settled"' in line)
        assert not transcript_of(lines[:end]).completed


def test_refused_tools_and_invented_ones() -> None:
    transcript = transcript_of(lines_of("pi_denied"), PiParser(WORKSPACE, ("bash",)))
    assert transcript.refused == ["bash"]
    assert transcript.calls_failed == 2


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("status_400", Fault.UNSUPPORTED, "scripted 400"),
        ("status_401", Fault.AUTH, "scripted 401"),
        ("status_429", Fault.RATE_LIMIT, "scripted 429"),
        ("status_500", Fault.TRANSPORT, "scripted 500"),
        ("cut", Fault.TRANSPORT, "without finish_reason"),
        ("malformed", Fault.TRANSPORT, "in JSON at position"),
        ("length", None, "length limit"),
        ("aborted", None, "aborted"),
    ],
)
def test_failures(name: str, fault: Fault | None, said: str) -> None:
    transcript = transcript_of(lines_of(f"pi_{name}"))
    assert not transcript.completed
    assert transcript.failure is not None
    assert said in transcript.failure
    assert PI_CLI.classify(transcript.failure) is fault


def test_request_that_was_not_allowed_is_not_counted() -> None:
    transcript = transcript_of(lines_of("pi_turns"), PiParser(WORKSPACE, turns=2))
    assert transcript.turns == 2
    assert transcript.failure is not None
    assert "stopped after 2 requests" in transcript.failure


def test_what_it_was_waiting_for_is_told_last() -> None:
    lines = lines_of("pi_status_429")
    begun = [at for at, line in enumerate(lines) if b'"type":"turn_start"' in line]
    waiting = transcript_of(lines[: begun[1] + 1])
    assert (waiting.retries, waiting.failure) == (1, None)
    assert PI_CLI.classify(waiting.stuck) is Fault.RATE_LIMIT
    assert transcript_of(lines_of("pi_retried")).stuck == ""


def test_price_counts_only_if_it_is_known_of_every_answer() -> None:
    known = [answer(cost=0.25, input=1, output=1), answer(cost=0.5, input=1), DONE]
    assert transcript_of(known).cost_usd == 0.75
    assert transcript_of([answer(cost=0, input=1), *known]).cost_usd is None
    # An answer that failed takes nothing and costs nothing.
    assert transcript_of([answer("error", cost=0, input=0, output=0), *known]).cost_usd == 0.75


def test_reasoning_is_not_known_where_one_answer_does_not_tell() -> None:
    both = [answer(input=1, output=5, reasoning=2), answer(input=1, output=5)]
    assert transcript_of(both).usage == Usage(
        input=2, cached_input=0, cache_write=0, output=10, reasoning=None
    )


def test_summaries_of_a_conversation_are_counted() -> None:
    end = {"type": "compaction_end", "result": {"usage": {"input": 7, "output": 1}}}
    lines = [b'{"type":"compaction_start"}', json.dumps(end).encode()]
    transcript = transcript_of(lines)
    assert (transcript.turns, transcript.usage.input) == (1, 7)


def test_command_that_it_refused() -> None:
    line = b'{"id":"prompt","type":"response","command":"prompt","success":false,"error":"busy"}'
    assert transcript_of([line]).failure == "busy"


def test_end_of_an_old_version_that_is_longer_than_a_line() -> None:
    transcript = transcript_of([answer(), b'{"type":"agent_end","messages":[' + b"x" * 100])
    assert transcript.completed


def test_messages_of_vendors() -> None:
    said = {
        '401 {"type":"error","error":{"type":"authentication_error"}}': Fault.AUTH,
        "No API key found for anthropic.": Fault.AUTH,
        '400 {"error":{"message":"prompt is too long: 210000 tokens > 200000"}}': None,
        '400 {"error":{"message":"unsupported parameter"}}': Fault.UNSUPPORTED,
        "404 model not found": Fault.UNSUPPORTED,
        "529 overloaded_error": Fault.TRANSPORT,
        "Connection error.": Fault.TRANSPORT,
        "Request timed out.": Fault.TRANSPORT,
        "RESOURCE_EXHAUSTED": Fault.RATE_LIMIT,
    }
    assert {text: PI_CLI.classify(text) for text in said} == said


def test_starts_that_failed() -> None:
    fault, reason = PI_CLI.explain(ended("Warning: x\nError: Unknown provider 'x'.\n"))
    assert (fault, "Unknown provider" in reason) == (Fault.UNSUPPORTED, True)
    fault, reason = PI_CLI.explain(ended("No API key found for fake.\n"))
    assert fault is Fault.AUTH
    fault, reason = PI_CLI.explain(ended())
    assert fault is Fault.UNAVAILABLE
    assert "printed nothing" in reason


@given(st.binary())
def test_any_line_gives_events_and_none_raises(line: bytes) -> None:
    parser = PiParser(WORKSPACE)
    assert all(event.to_json() for event in parser.parse(line, 1.0))


WORDS = """message role assistant content type text thinking toolCallId toolName args result
isError path command usage input output reasoning cost total stopReason errorMessage success error
bash write stop cacheRead"""
words = st.sampled_from(WORDS.split())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(words | st.text(), inner),
    max_leaves=8,
)
KINDS = """message_end tool_execution_start tool_execution_end turn_start agent_settled agent_end
auto_retry_start auto_retry_end compaction_end response extension_error harness.error session"""
kinds = st.sampled_from(KINDS.split())


@given(st.lists(st.tuples(kinds, st.dictionaries(words, values))))
def test_any_objects_give_events_and_none_raises(
    lines: list[tuple[str, dict[str, object]]],
) -> None:
    parser = PiParser(WORKSPACE, turns=3)
    transcript = Transcript(WORKSPACE)
    for kind, document in lines:
        for event in parser.parse(json.dumps({**document, "type": kind}).encode(), 1.0):
            event.to_json()
            transcript.add(event)
    for event in parser.finish(ended()):
        transcript.add(event)
