"""Reading what ``codex exec --json`` prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.codex.items import flat, item_event, message_of, usage_of
from pytest_harness.backends.codex.past import events_of, file_of, refusals
from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.json_lines import document, not_understood, text_of
from pytest_harness.runtime.process import ProcessResult

_RETRY = re.compile(r"^Reconnecting\b|retrying", re.IGNORECASE)


class ExecParser:
    """Reads one run of ``codex exec``, and what it wrote down in its ``home``."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._thread = ""

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line."""
        event = parse(line, seen)
        if event.kind is EventKind.SESSION and event.text:
            self._thread = event.text
        return (event,)

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return requests, usage and refused calls, which are not printed."""
        file = file_of(self._home, self._thread)
        return refusals(result) if file is None else events_of(file, result.duration)


def parse(line: bytes, seen: float) -> Event:
    """Read one line; one that is no event becomes an event of the kind ``text``."""
    found = document(line)
    kind = None if found is None else found.get("type")
    if found is None or not isinstance(kind, str):
        return not_understood(line, seen)
    match kind:
        case "thread.started" | "turn.started":
            thread = text_of(found.get("thread_id"))
            return Event(kind=EventKind.SESSION, seen=seen, text=thread, raw=line)
        case "turn.completed":
            usage = usage_of(found.get("usage"))
            return Event(kind=EventKind.COMPLETED, seen=seen, usage=usage, raw=line)
        case "turn.failed":
            text = message_of(found.get("error"))
            return Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)
        case "error":
            text = message_of(found)
            trouble = EventKind.RETRY if _RETRY.search(text) else EventKind.NOTICE
            return Event(kind=trouble, seen=seen, text=text, raw=line)
        case "item.started" | "item.completed":
            ended = kind == "item.completed"
            return item_event(flat(found.get("item")), ended=ended, seen=seen, raw=line)
        case _:
            return not_understood(line, seen, kind)
