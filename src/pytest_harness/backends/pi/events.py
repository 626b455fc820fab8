"""What Pi prints in its modes ``json`` and ``rpc``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.json_lines import (
    Json,
    count,
    document,
    dollars,
    not_understood,
    rest,
    table,
    text_of,
)
from pytest_harness.backends.pi.tools import Calls, said
from pytest_harness.backends.sdk import main
from pytest_harness.records import Usage
from pytest_harness.runtime.process import ProcessResult

_UPDATE = b'{"type":"message_update"'
_REPEATED = (
    _UPDATE,
    b'{"type":"tool_execution_update"',
    b'{"type":"message_start"',
    b'{"type":"turn_end"',
    b'{"type":"message_end","message":{"role":"system"',
    b'{"type":"message_end","message":{"role":"user"',
    b'{"type":"message_end","message":{"role":"toolResult"',
)
"""Beginnings of lines that say nothing that another line does not say as well."""
_END = b'{"type":"agent_end"'
_WILL_RETRY = b'"willRetry"'
_SILENT = frozenset(
    {
        "agent_start",
        "message_start",
        "message_update",
        "turn_end",
        "tool_execution_update",
        "queue_update",
        "entry_appended",
        "session_info_changed",
        "thinking_level_changed",
    }
)


class PiParser:
    """Reads one run."""

    def __init__(
        self, directory: Path, denied: tuple[str, ...] = (), turns: int | None = None
    ) -> None:
        """Take the working directory, the tools that may not be used, and the most requests."""
        self._calls = Calls(directory, denied)
        self._limit = turns
        self._turns = 0
        self._begun = False
        self._settles = False
        self._stop = ""
        self._wrong = ""
        self._waiting = ""
        self._judged = False
        self._stopped = False
        self._tokens: dict[str, int] = {}
        self._reasons = True
        self._cost: float | None = 0.0

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output."""
        if line.startswith(_REPEATED):
            if self._begun or not line.startswith(_UPDATE):
                return ()
            # From here on it is the model that takes its time.
            self._begun = True
            return [Event(kind=EventKind.REASONING, seen=seen)]
        if line.startswith(_END):
            # It repeats all messages, so that it can be longer than what is kept of a line.
            self._settles = self._settles or _WILL_RETRY in line
            return () if self._settles else self._settled(seen)
        found = document(line)
        if found is None:
            return [not_understood(line, seen)]
        name = text_of(found.get("type"))
        return self._event(name, found, line, seen)

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return what the program was still waiting for."""
        if not self._waiting or (self._judged and self._stop != "aborted"):
            return ()
        return [Event(kind=EventKind.NOTICE, seen=result.duration, text=self._waiting)]

    def _event(self, name: str, found: Json, line: bytes, seen: float) -> Sequence[Event]:
        match name:
            case "message_end":
                return self._message(table(found.get("message")), line, seen)
            case "tool_execution_start":
                return self._calls.started(found, line, seen)
            case "tool_execution_end":
                return self._calls.ended(found, line, seen)
            case "turn_start":
                return self._asked(seen)
            case "agent_settled":
                return self._settled(seen)
            case "auto_retry_start" | "summarization_retry_scheduled":
                self._waiting = text_of(found.get("errorMessage")) or "an error without a message"
                return [Event(kind=EventKind.RETRY, seen=seen, text=self._waiting, raw=line)]
            case "auto_retry_end":
                wrong = text_of(found.get("finalError"))
                return [Event(kind=EventKind.NOTICE, seen=seen, text=wrong)] if wrong else ()
            case "compaction_start":
                return [Event(kind=EventKind.TURN, seen=seen)]
            case "compaction_end":
                return self._compacted(found, seen)
            case "session":
                return [Event(kind=EventKind.SESSION, seen=seen, raw=line)]
            case "response":
                return self._response(found, line, seen)
            case "extension_error":
                wrong = text_of(found.get("error"))
                return [Event(kind=EventKind.NOTICE, seen=seen, text=wrong, raw=line)]
            case main.ERROR:
                self._judged = True
                wrong = text_of(found.get("error"))
                return [Event(kind=EventKind.FAILED, seen=seen, text=wrong, raw=line)]
            case each if each in _SILENT:
                return ()
        return [not_understood(line, seen, name or "?")]

    def _asked(self, seen: float) -> Sequence[Event]:
        """Count a request; the one after the last that is allowed is not made."""
        self._judged = False
        if self._turns == self._limit:
            self._stopped = True
            return ()
        self._turns += 1
        return [Event(kind=EventKind.TURN, seen=seen)]

    def _message(self, message: Json, line: bytes, seen: float) -> list[Event]:
        """Read a whole message."""
        if message.get("role") != "assistant":
            return []
        self._begun = True
        self._stop = text_of(message.get("stopReason"))
        self._wrong = text_of(message.get("errorMessage"))
        if self._stop not in {"error", "aborted"}:
            self._waiting = ""
        events = []
        thought = said(message, "thinking")
        if thought:
            events.append(Event(kind=EventKind.REASONING, seen=seen, text=thought))
        text = said(message)
        if text:
            events.append(Event(kind=EventKind.MESSAGE, seen=seen, text=text, raw=line))
        return [*events, *self._used(message.get("usage"), seen)]

    def _used(self, value: object, seen: float) -> list[Event]:
        """Add up what one answer took; a price that is not known is told as nothing."""
        usage = table(value)
        parts = {
            name: count(usage.get(name)) or 0
            for name in ("input", "output", "cacheRead", "cacheWrite", "reasoning")
        }
        if not any(parts.values()):
            return []
        self._reasons = self._reasons and "reasoning" in usage
        for name, tokens in parts.items():
            self._tokens[name] = self._tokens.get(name, 0) + tokens
        price = dollars(table(usage.get("cost")).get("total"))
        self._cost = self._cost + price if self._cost is not None and price else None
        sums = self._tokens
        reasoning = sums["reasoning"] if self._reasons else None
        total = Usage(
            input=sums["input"],
            cached_input=sums["cacheRead"],
            cache_write=sums["cacheWrite"],
            output=rest(sums["output"], reasoning),
            reasoning=reasoning,
        )
        return [Event(kind=EventKind.USAGE, seen=seen, usage=total, cost_usd=self._cost)]

    def _compacted(self, found: Json, seen: float) -> list[Event]:
        """Count what a summary of the conversation took."""
        events = self._used(table(found.get("result")).get("usage"), seen)
        wrong = text_of(found.get("errorMessage"))
        return [*events, *([Event(kind=EventKind.NOTICE, seen=seen, text=wrong)] if wrong else [])]

    def _response(self, found: Json, line: bytes, seen: float) -> list[Event]:
        """Read the answer to one of our commands."""
        command = text_of(found.get("command"))
        if found.get("success") is not True:
            self._judged = True
            wrong = text_of(found.get("error")) or f"it refused the command {command}"
            return [Event(kind=EventKind.FAILED, seen=seen, text=wrong, raw=line)]
        kind = EventKind.SESSION if command == "prompt" else EventKind.OTHER
        return [Event(kind=kind, seen=seen, name=command)]

    def _settled(self, seen: float) -> list[Event]:
        """Judge the turn by the last answer: only one that came to its end is a success."""
        self._judged = True
        if self._stop == "stop":
            return [Event(kind=EventKind.COMPLETED, seen=seen)]
        return [Event(kind=EventKind.FAILED, seen=seen, text=self._reason())]

    def _reason(self) -> str:
        """Say why there is no answer."""
        if self._stopped:
            return f"it was stopped after {self._turns} requests to the model, the most allowed"
        match self._stop:
            case "error":
                return self._wrong or "an error without a message"
            case "length":
                return "the model's answer was cut at its length limit"
            case "aborted":
                return self._wrong or "the turn was aborted"
            case "":
                return "the model was not asked"
        return f"it ended without an answer, at {self._stop}"
