"""Reading what ``codex app-server`` prints."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pytest_harness.backends.codex.approvals import answer
from pytest_harness.backends.codex.items import item_event, message_of, usage_of
from pytest_harness.backends.codex.past import events_of, file_of, refusals
from pytest_harness.backends.codex.server import quiet
from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.json_lines import LONGEST_NAME, Json, not_understood, table, text_of
from pytest_harness.backends.json_rpc import Message, MessageKind, read
from pytest_harness.runtime.process import ProcessResult

_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")
_SILENT = frozenset({"userMessage", "hookPrompt", "sleep", "contextCompaction"})
_MOST = 10_000
_LONGEST = 200
_NOISE = (
    "account/",
    "hook/",
    "mcpServer/startupStatus/",
    "remoteControl/",
    "serverRequest/",
    "skills/",
    "thread/",
    "turn/started",
)


class ServerParser:
    """Reads one run of ``codex app-server``, and what it wrote down in its ``home``."""

    def __init__(self, home: Path, allowed: Collection[str]) -> None:
        self._home = home
        self._allowed = allowed
        self._thread = ""
        self._said: set[tuple[EventKind, str]] = set()

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line."""
        if quiet(line):
            return ()
        message = read(line)
        if message is None:
            return (not_understood(line, seen),)
        match message.kind:
            case MessageKind.RESULT:
                return self._begun(message, seen, line)
            case MessageKind.ERROR:
                return (Event(kind=EventKind.FAILED, seen=seen, text=message.error, raw=line),)
            case MessageKind.REQUEST:
                return (self._asked(message, seen, line),)
            case MessageKind.NOTIFICATION:
                return self._told(message, seen, line)

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return requests and refused calls, which are not printed."""
        file = file_of(self._home, self._thread)
        if file is None:
            return refusals(result)
        found = events_of(file, result.duration)
        return [
            event for event in found if (event.kind, event.call[:LONGEST_NAME]) not in self._said
        ]

    def _begun(self, message: Message, seen: float, line: bytes) -> Sequence[Event]:
        """Notice which thread is ours."""
        thread = text_of(table(message.result.get("thread")).get("id"))
        if not thread:
            return ()
        self._thread = thread
        return (Event(kind=EventKind.SESSION, seen=seen, text=thread, raw=line),)

    def _asked(self, message: Message, seen: float, line: bytes) -> Event:
        """Read what leave was asked for, and what is answered."""
        asked = answer(message.method, message.params, self._allowed)
        if asked is None:
            return not_understood(line, seen, message.method)
        event = Event(
            kind=EventKind.PERMISSION,
            seen=seen,
            name=asked.tool,
            text=asked.text,
            call=text_of(message.params.get("itemId")),
            allowed=asked.allowed,
            raw=line,
        )
        self._note(event)
        return event

    def _told(self, message: Message, seen: float, line: bytes) -> Sequence[Event]:
        """Read a notification; those of the threads of further agents tell nothing of ours."""
        params = message.params
        if self._thread and params.get("threadId", self._thread) != self._thread:
            return ()
        match message.method:
            case "item/started" | "item/completed":
                item = table(params.get("item"))
                what = text_of(item.get("type"))
                if what in _SILENT:
                    return ()
                ended = message.method == "item/completed"
                if what in {"agentMessage", "reasoning"} and not ended:
                    return ()
                event = item_event(_snake(item), ended=ended, seen=seen, raw=line)
                self._note(event)
                return (event,)
            case "thread/tokenUsage/updated":
                total = table(table(params.get("tokenUsage")).get("total"))
                usage = usage_of(_snake(total))
                return (Event(kind=EventKind.USAGE, seen=seen, usage=usage, raw=line),)
            case "error":
                kind = EventKind.RETRY if params.get("willRetry") is True else EventKind.NOTICE
                text = message_of(params.get("error"))
                return (Event(kind=kind, seen=seen, text=text, raw=line),)
            case "turn/completed":
                return _completed(table(params.get("turn")), seen, line)
            case method if method.startswith(_NOISE):
                return ()
            case method:
                return (not_understood(line, seen, method),)

    def _note(self, event: Event) -> None:
        """Remember what was said of a call, because it is written down as well."""
        if event.call and len(self._said) < _MOST:
            self._said.add((event.kind, event.call[:LONGEST_NAME]))


def _completed(turn: Json, seen: float, line: bytes) -> Sequence[Event]:
    """Read the end of the turn; that we interrupted it says nothing."""
    match turn.get("status"):
        case "completed":
            return (Event(kind=EventKind.COMPLETED, seen=seen, raw=line),)
        case "interrupted":
            return ()
        case status:
            text = message_of(turn.get("error")) or f"the turn ended as {text_of(status)!r}"
            return (Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line),)


def _snake(item: Json) -> Json:
    """Write keys, type and status of an item as ``codex exec`` does."""
    changed = {_snake_word(key[:_LONGEST]): value for key, value in item.items()}
    if isinstance(kind := changed.get("type"), str):
        changed["type"] = _snake_word(kind[:_LONGEST])
    return changed


@functools.lru_cache(maxsize=256)
def _snake_word(word: str) -> str:
    return _CAPITAL.sub(r"_\1", word).lower()
