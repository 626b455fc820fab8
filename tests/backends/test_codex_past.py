"""What Codex writes down and does not print: requests, usage, refused calls."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.codex import past
from pytest_harness.backends.codex.events import ExecParser
from pytest_harness.backends.codex.past import events_of, file_of, refusals
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.records import Usage
from tests.backends.reading import ended

STREAMS = Path(__file__).parent / "streams"
ROLLOUT = STREAMS / "codex_rollout_refused.jsonl"
THREAD = "01a1fd34-3a97-72b2-93b0-acbf55676d04"
COMPLAINTS = (
    "2026-11-21T08:07:49Z ERROR codex_core::tools::router: error=approval policy is Never; reject"
    " command\n"
    "2026-11-21T08:07:49Z ERROR codex_core::tools::router: error=patch rejected: writing outside\n"
    "2026-11-21T08:07:49Z ERROR codex_core::tools::router: error=unsupported call: nope\n"
)


def of(kind: EventKind) -> list[Event]:
    return [event for event in events_of(ROLLOUT, 1.0) if event.kind is kind]


def test_each_request_to_the_model_is_a_turn() -> None:
    assert len(of(EventKind.TURN)) == 6


def test_calls_that_were_never_printed() -> None:
    calls = of(EventKind.CALL_ENDED)
    assert [(call.name, call.text, call.exit, call.work) for call in calls] == [
        ("shell", "echo no > denied.txt", 1, Work.COMMAND),
        ("nope", "", None, Work.OTHER),
        ("edit", "", None, Work.EDIT),
    ]
    assert all(call.failed for call in calls)
    assert "Read-only file system" in calls[0].output
    assert json.loads(calls[0].arguments) == {"cmd": "echo no > denied.txt"}


def test_refused_calls_are_told_apart_from_senseless_ones() -> None:
    refused = of(EventKind.PERMISSION)
    assert [(event.name, event.allowed) for event in refused] == [
        ("shell", False),
        ("apply_patch", False),
    ]
    assert refused[1].text.startswith("patch rejected: writing is blocked")


def test_usage_is_known_without_the_end_of_the_turn() -> None:
    last = of(EventKind.TURN)[-1]
    assert last.usage == Usage(input=540, cached_input=60, cache_write=0, output=90, reasoning=30)


def test_the_file_is_found_by_the_thread(tmp_path: Path) -> None:
    day = tmp_path / "sessions" / "2026" / "11" / "21"
    day.mkdir(parents=True)
    file = day / f"rollout-2026-11-21T08-23-41-{THREAD}.jsonl"
    file.write_bytes(ROLLOUT.read_bytes())
    assert file_of(tmp_path, THREAD) == file
    assert file_of(tmp_path, "other") is None
    assert file_of(tmp_path, "") is None
    assert file_of(tmp_path, "*") is None
    parser = ExecParser(tmp_path)
    parser.parse(json.dumps({"type": "thread.started", "thread_id": THREAD}).encode(), 0)
    parser.parse(b'{"type":"turn.started"}', 0)
    kinds = {event.kind for event in parser.finish(ended(COMPLAINTS))}
    assert kinds == {EventKind.TURN, EventKind.CALL_ENDED, EventKind.PERMISSION}


def test_a_link_or_a_huge_file_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = tmp_path / "sessions" / "2026" / "11" / "21"
    day.mkdir(parents=True)
    link = day / f"rollout-x-{THREAD}.jsonl"
    link.symlink_to(ROLLOUT)
    assert file_of(tmp_path, THREAD) is None
    link.unlink()
    link.write_bytes(ROLLOUT.read_bytes())
    monkeypatch.setattr(past, "LARGEST", 10)
    assert file_of(tmp_path, THREAD) is None


def test_without_the_file_standard_error_tells_of_refused_calls(tmp_path: Path) -> None:
    found = ExecParser(tmp_path).finish(ended(COMPLAINTS))
    assert [(event.kind, event.name) for event in found] == [
        (EventKind.PERMISSION, "shell"),
        (EventKind.PERMISSION, "apply_patch"),
        (EventKind.OTHER, "tool error"),
    ]
    assert refusals(ended()) == ()


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_bytes_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    file.write_bytes(b'"_call" "item_completed"'.join(lines))
    events_of(file, 0)


_json = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
_types = ["function_call", "function_call_output", "custom_tool_call", "item_completed"]


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from([*_types, "token_usage_record"])},
            optional={
                name: _json | st.dictionaries(st.sampled_from(["id", "input_tokens"]), _json)
                for name in ("call_id", "name", "arguments", "output", "item", "thread_token_usage")
            },
        ),
        max_size=6,
    )
)
def test_no_shape_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[dict[str, object]]
) -> None:
    file = tmp_path_factory.getbasetemp() / "shapes.jsonl"
    file.write_text(
        "".join(json.dumps({"type": each["type"], "payload": each}) + "\n" for each in payloads)
    )
    for event in events_of(file, 0):
        event.to_json()


def test_pipe_that_an_agent_put_there_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "sessions" / "2026" / "11" / "21"
    folder.mkdir(parents=True)
    os.mkfifo(folder / f"rollout-{THREAD}.jsonl")
    assert file_of(tmp_path, THREAD) is None


def test_line_without_an_end_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "LONGEST", 1000)
    file = tmp_path / "rollout.jsonl"
    file.write_bytes(b'{"payload": "' + b"x" * 5000 + b'"}\n' + ROLLOUT.read_bytes()[:100])
    assert events_of(file, 0) == []
