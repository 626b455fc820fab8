"""Reading what ``opencode run --format json`` prints, and its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.json_lines import (
    Json,
    count,
    dollars,
    not_understood,
    table,
    text_of,
)
from pytest_harness.backends.opencode import calls
from pytest_harness.backends.opencode.lines import Demultiplexer, fields
from pytest_harness.records import Usage
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Ended

CUT = "the model's answer broke off"
"""What is said of a stream that ended without its end."""
ASKED = "permission requested: "
"""What the program says when it asks somebody who is not there."""
NO_AGENT = "Falling back to default agent"
"""What the program says when there is no agent of the wanted name."""
VAIN = "the model's server failed again and again, at last with: "
"""Begins the reason where the program was not let go on asking."""


class OpenCodeParser:
    """Reads one run."""

    def __init__(self, *, retries: int, turns: int | None, follow: bool, below: str = "") -> None:
        self._retries = retries
        self._turns = turns
        self._follow = follow
        self._below = below
        self._lines = Demultiplexer()
        self._usage = Usage()
        self._cost = 0.0
        self._begun = False
        self._errors = 0
        self._error = ""
        self._cuts = 0
        self._steps = 0
        self._reason = ""
        self._asked = ""
        self._refused = False
        self._over = False

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output; nothing after the one at which it is stopped."""
        events: list[Event] = []
        for each, event in () if self._over else self._lines.feed(line):
            events.extend(self._one(each, event, seen))
        self._over = self._over or any(each.kind is EventKind.CIRCLES for each in events)
        return events

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Tell what the last step means: only after the end it is known to be the last."""
        seen = result.duration
        events = [not_understood(rest, seen)] if (rest := self._lines.rest()) else []
        if result.ended is not Ended.EXIT or not self._reason:
            return events
        if self._reason == "stop" and result.exit == 0:
            return [*events, Event(kind=EventKind.COMPLETED, seen=seen)]
        if why := self._why():
            events.append(Event(kind=EventKind.FAILED, seen=seen, text=why))
        return events

    def _why(self) -> str:
        """Say why the last step is not the end that it should be."""
        match self._reason:
            case "stop":
                return ""
            case "tool-calls" if self._asked or self._refused:
                return (
                    f"it ended its turn because nobody was there to answer: "
                    f"{self._asked or 'permission requested'}"
                )
            case "tool-calls":
                return "it ended its turn after calls of tools, without asking its model again"
            case "length":
                return "the model reached the limit of tokens for one answer"
            case "content-filter":
                return "the vendor's filter stopped the model's answer"
            case "unknown":
                return CUT
            case reason:
                return f"the model's answer ended with the reason {reason!r}"

    def _one(self, line: bytes, event: Json | None, seen: float) -> Iterator[Event]:
        """Read an event, a line of the log, or anything else."""
        if event is not None:
            yield from self._event(event, seen, line)
        elif line.startswith(b"timestamp="):
            yield from self._log(line, seen)
        else:
            yield from self._said(line, seen)

    def _event(self, event: Json, seen: float, line: bytes) -> Iterator[Event]:
        kind, part = event.get("type"), table(event.get("part"))
        match kind:
            case "text":
                text = text_of(part.get("text"))
                yield Event(kind=EventKind.MESSAGE, seen=seen, text=text, raw=line)
            case "reasoning":
                text = text_of(part.get("text"))
                yield Event(kind=EventKind.REASONING, seen=seen, text=text, raw=line)
            case "tool_use":
                self._refused = calls.is_refused(table(part.get("state")))
                yield from calls.events(part, seen, line, self._below)
            case "step_start":
                self._reason = ""
            case "step_finish":
                yield from self._step(part, seen, line)
            case "error":
                self._reason = ""
                text = _error(table(event.get("error")))
                yield Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)
            case _:
                yield not_understood(line, seen, text_of(kind) or "event")

    def _step(self, part: Json, seen: float, line: bytes) -> Iterator[Event]:
        """Read the end of a request: its tokens, and how it ended."""
        self._reason = text_of(part.get("reason")) or "unknown"
        self._steps += 1
        tokens = table(part.get("tokens"))
        cache = table(tokens.get("cache"))
        self._usage = _added(
            self._usage,
            input=count(tokens.get("input")),
            cached_input=count(cache.get("read")),
            cache_write=count(cache.get("write")),
            output=count(tokens.get("output")),
            reasoning=count(tokens.get("reasoning")),
        )
        self._cost += dollars(part.get("cost")) or 0.0
        # A model without a known price is said to cost nothing.
        cost = self._cost or None
        yield Event(kind=EventKind.USAGE, seen=seen, usage=self._usage, cost_usd=cost, raw=line)
        if self._reason == "unknown":
            self._cuts += 1
            over = self._cuts > self._retries
            kind = EventKind.CIRCLES if over else EventKind.NOTICE
            yield Event(kind=kind, seen=seen, text=f"{VAIN}{CUT}" if over else CUT)
        else:
            self._cuts = self._errors = 0
        if self._turns is not None and self._steps >= self._turns and self._reason == "tool-calls":
            text = f"it wanted to ask its model more often than {self._turns} times"
            yield Event(kind=EventKind.CIRCLES, seen=seen, text=text)

    def _log(self, line: bytes, seen: float) -> Iterator[Event]:
        """Read a line of the log; most of them tell nothing."""
        if b" message=stream " in line and b" small=true" not in line:
            yield from self._request(seen)
        elif b' message="stream error" ' in line and b" small=true" not in line:
            yield from self._failed(fields(line), seen)
        elif self._follow:
            yield not_understood(line, seen, "log")

    def _request(self, seen: float) -> Iterator[Event]:
        """Tell of a request to the model."""
        if not self._begun:
            self._begun = True
            yield Event(kind=EventKind.SESSION, seen=seen)
        if self._errors > self._retries:
            yield Event(kind=EventKind.CIRCLES, seen=seen, text=f"{VAIN}{self._error}")
            return
        if self._errors:
            yield Event(kind=EventKind.RETRY, seen=seen, text=self._error)
        yield Event(kind=EventKind.TURN, seen=seen)

    def _failed(self, said: dict[str, str], seen: float) -> Iterator[Event]:
        """Tell of a request that failed; whether it is repeated is known at the next one."""
        self._errors += 1
        self._error = said.get("error.error") or said.get("error") or "no reason was told"
        self._error = self._error.removeprefix("AI_APICallError: ")
        # The first may be one that is not worth another try: then the program ends by itself.
        over = self._errors > max(1, self._retries)
        kind = EventKind.CIRCLES if over else EventKind.NOTICE
        yield Event(kind=kind, seen=seen, text=f"{VAIN}{self._error}" if over else self._error)

    def _said(self, line: bytes, seen: float) -> Iterator[Event]:
        """Read a line for people."""
        event = not_understood(line, seen)
        if ASKED in event.text:
            self._asked = event.text[event.text.index(ASKED) :][:500]
            yield Event(kind=EventKind.NOTICE, seen=seen, text=self._asked, raw=line)
        elif NO_AGENT in event.text:
            text = event.text[max(0, event.text.find('agent "')) :]
            yield Event(kind=EventKind.CIRCLES, seen=seen, text=text, raw=line)
        else:
            yield event


def _error(error: Json) -> str:
    """Return an error as one line: its status, and what was said."""
    data = table(error.get("data"))
    message = text_of(data.get("message")) or text_of(error.get("name")) or "no reason was told"
    status = data.get("statusCode")
    return f"status {status}: {message}" if isinstance(status, int) else message


def _added(usage: Usage, **parts: int | None) -> Usage:
    """Add what is known of one request."""
    known = {name: value for name, value in parts.items() if value is not None}
    return usage.model_copy(
        update={name: (getattr(usage, name) or 0) + value for name, value in known.items()}
    )
