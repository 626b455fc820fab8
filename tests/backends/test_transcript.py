"""What is kept of an agent's events stays small."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.transcript import Transcript


def call(kind: EventKind, at: int, *paths: str) -> Event:
    return Event(kind=kind, seen=at, name="shell", text="x" * 5000, call=str(at), paths=paths)


def test_only_the_first_calls_are_kept_and_shortened() -> None:
    transcript = Transcript(Path("/ws"))
    for at in range(250):
        transcript.add(call(EventKind.CALL_STARTED, at))
        transcript.add(call(EventKind.CALL_ENDED, at, f"/ws/{at}"))
    assert len(transcript.calls) == 200
    assert len(transcript.calls[0].summary) == 300
    assert transcript.calls_ended == 250


def test_changes_are_named_once_and_from_the_workspace() -> None:
    transcript = Transcript(Path("/ws"))
    for path in ("/ws/a/b", "/ws/a/b", "a/c", "/elsewhere"):
        transcript.add(call(EventKind.CALL_ENDED, 1, path))
    assert transcript.changes == ("a/b", "a/c", "/elsewhere")


def test_parallel_calls_are_matched_by_their_names() -> None:
    transcript = Transcript(Path("/ws"))
    for at in (1, 2):
        transcript.add(call(EventKind.CALL_STARTED, at))
    for at in (2, 1):
        ended = Event(kind=EventKind.CALL_ENDED, seen=at, name="shell", call=str(at), exit=at)
        transcript.add(ended)
    assert [each.exit for each in transcript.calls] == [1, 2]


def test_written_event_is_short_json_without_the_raw_line() -> None:
    event = Event(kind=EventKind.MESSAGE, seen=1.23456, text="y" * 100_000, raw=b"raw")
    document = json.loads(event.to_json())
    assert document["seen"] == 1.235
    assert len(document["text"]) < 2100
    assert document.keys() == {"kind", "seen", "text"}
