"""Reading streams that the real Codex printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.backends.codex.events import parse
from pytest_harness.backends.codex.faults import of_message
from pytest_harness.backends.events import EventKind
from pytest_harness.backends.transcript import Transcript
from pytest_harness.records import ToolCall, Usage
from pytest_harness.vocabulary import Fault

STREAMS = Path(__file__).parent / "streams"


def read(name: str) -> Transcript:
    return summed((STREAMS / f"codex_{name}.jsonl").read_bytes().splitlines())


def summed(lines: list[bytes]) -> Transcript:
    transcript = Transcript(Path("/ws"))
    for at, line in enumerate(lines):
        transcript.add(parse(line, float(at)))
    return transcript


def test_edit() -> None:
    transcript = read("edit")
    assert transcript.completed
    assert transcript.answer == "finished"
    assert transcript.calls == (
        ToolCall(name="shell", summary="echo hello world > hello.txt", exit=0),
        ToolCall(name="edit", summary="docs/new.txt"),
        ToolCall(name="shell", summary="echo bad >&2; exit 3", exit=3, failed=True),
    )
    assert transcript.changes == ("docs/new.txt",)
    assert transcript.first_event == 2.0
    assert transcript.usage == Usage(
        input=450, cached_input=50, cache_write=0, output=75, reasoning=25
    )
    assert transcript.cost_usd is None


def test_unknown_model_is_no_failure() -> None:
    transcript = read("fallback_model")
    assert (transcript.completed, transcript.failure) == (True, None)
    assert transcript.first_event == 3.0


def test_recovery_is_no_failure() -> None:
    transcript = read("recovered")
    assert (transcript.completed, transcript.failure, transcript.stuck) == (True, None, "")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("status_400", Fault.UNSUPPORTED),
        ("status_401", Fault.AUTH),
        ("status_429", Fault.RATE_LIMIT),
        ("status_500", Fault.TRANSPORT),
        ("cut", Fault.TRANSPORT),
        ("refused", Fault.TRANSPORT),
    ],
)
def test_failures(name: str, fault: Fault) -> None:
    transcript = read(name)
    assert not transcript.completed
    assert transcript.failure is not None
    assert of_message(transcript.failure) is fault


def test_older_nested_items_are_read_the_same() -> None:
    lines = (STREAMS / "codex_edit.jsonl").read_bytes().splitlines()
    nested = []
    for line in lines:
        document = json.loads(line)
        if item := document.get("item"):
            details = {
                ("item_type" if key == "type" else key): value
                for key, value in item.items()
                if key != "id"
            }
            document["item"] = {"id": item["id"], "details": details}
        nested.append(json.dumps(document).encode())
    assert summed(nested).calls == summed(lines).calls
    assert summed(nested).answer == "finished"
    assert summed(nested).changes == ("docs/new.txt",)


def test_older_name_of_the_answer() -> None:
    line = b'{"type":"item.completed","item":{"id":"0","item_type":"assistant_message","text":"x"}}'
    assert parse(line, 0).kind is EventKind.MESSAGE


def test_failed_edit_changes_nothing() -> None:
    line = (
        b'{"type":"item.completed","item":{"id":"0","type":"file_change","status":"failed",'
        b'"changes":[{"path":"/ws/a","kind":"add"}]}}'
    )
    assert summed([line]).changes == ()


def test_command_that_never_ended_is_a_call() -> None:
    lines = (STREAMS / "codex_edit.jsonl").read_bytes().splitlines()[:3]
    assert summed(lines).calls == (ToolCall(name="shell", summary="echo hello world > hello.txt"),)


def test_other_tools() -> None:
    mcp = b'{"type":"item.completed","item":{"type":"mcp_tool_call","server":"s","tool":"t"}}'
    search = (
        b'{"type":"item.started","item":{"id":"a","type":"web_search","id":"b","query":"pytest"}}'
    )
    assert parse(mcp, 0).name == "s.t"
    assert (parse(search, 0).name, parse(search, 0).text) == ("web_search", "pytest")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"warning: not JSON", EventKind.TEXT),
        (b"[1]", EventKind.TEXT),
        (b"\xff\xfe", EventKind.TEXT),
        (b'{"no": "type"}', EventKind.TEXT),
        (b'{"type": "world.ended"}', EventKind.OTHER),
        (b'{"type": "item.updated", "item": {}}', EventKind.OTHER),
        (b'{"type": "item.completed", "item": {"type": "todo_list"}}', EventKind.OTHER),
        (b'{"type": "item.completed", "item": 3}', EventKind.OTHER),
    ],
)
def test_what_is_not_known_is_kept(line: bytes, kind: EventKind) -> None:
    event = parse(line, 1.5)
    assert (event.kind, event.raw, event.seen) == (kind, line, 1.5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TYPES = ["command_execution", "file_change", "agent_message", "error", "web_search", "x"]


@given(
    kind=st.sampled_from(
        ["item.started", "item.completed", "turn.completed", "turn.failed", "error"]
    ),
    item=st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES)},
        optional=dict.fromkeys(["id", "text", "changes", "exit_code", "message", "status"], JSON),
    ),
    other=JSON,
)
def test_no_shape_breaks_the_reader(kind: str, item: dict[str, object], other: object) -> None:
    document = {"type": kind, "item": item, "usage": other, "error": other, "message": other}
    transcript = summed([json.dumps(document).encode()])
    assert transcript.spent is not None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(line: bytes) -> None:
    assert json.loads(parse(line, 0).to_json())["seen"] == 0
