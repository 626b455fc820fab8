"""What a program that speaks the protocol says of its turn."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_harness.backends.acp.calls import Calls
from pytest_harness.backends.acp.protocol import (
    INITIALIZE,
    NEW,
    PERMISSION,
    PROMPT,
    UPDATE,
    Policy,
    chosen,
    missing_model,
    wrong_version,
)
from pytest_harness.backends.acp.stores import Store
from pytest_harness.backends.acp.usage import usage_of
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import (
    Json,
    not_understood,
    quoted,
    table,
    text_of,
    unquoted,
)
from pytest_harness.backends.json_rpc import Message, MessageKind, read
from pytest_harness.backends.transcript import ANSWER
from pytest_harness.runtime.process import ProcessResult

SILENT = frozenset(
    {
        "available_commands_update",
        "config_option_update",
        "current_mode_update",
        "plan",
        "session_info_update",
        "usage_update",
        "user_message_chunk",
    }
)
"""Updates that say nothing of the turn's work."""
PATIENCE = 2
"""Retries that may be told; Copilot tries a refused key that often before it says so."""
BROKEN = "interrupted"
"""What it says of an answer that broke off, which one retry must mend."""
WAIT = 3.0
"""Seconds between two requests, with nothing between them, that are a retry without a word."""
_UNTOLD = (
    "it waits and asks its model again without a word, as Copilot CLI does after"
    " 429 (too many requests)"
)
UNANSWERED = "it asks its model again and again without an answer"
_LOGGED = re.compile(rb'error\.error="((?:[^"\\]|\\.)*)"')
_ERROR = re.compile(r"\W{0,3}(\w+ )?error\b", re.IGNORECASE)
_CHUNK = b'"sessionUpdate":"agent_message_chunk"'
_CHUNK_SAYS = b'{"type":"text","text":"'
_CHUNK_ENDS = b'"}}}}'


class AcpParser:
    """Reads one session. Ids of our own requests are known by their order."""

    def __init__(
        self,
        policy: Policy,
        model: str | None,
        *,
        store: Store | None = None,
        notices: bool = False,
    ) -> None:
        """Take what is answered, and the model to be set, if any.

        ``store`` has what the program does not tell; with ``notices`` it says in the
        place of its model what goes wrong.
        """
        self._policy = policy
        self._model = model
        self._store = store
        self._notices = notices
        self._held: list[Event] = []
        self._calls = Calls()
        self._said: list[bytes] = []
        self._length = 0
        self._first = 0.0
        self._last = ""
        self._wrong = ""
        self._retries = 0
        self._requests = 0
        self._trouble = ""
        self._asked_at: float | None = None
        self._worked = False
        self._thought = False
        order = [INITIALIZE, NEW, *([] if model is None else ["session/set_model"]), PROMPT]
        self._asked = dict(enumerate(order, start=1))

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output."""
        if self._held:
            return [*self._release(), *self._read(line, seen)]
        return self._read(line, seen)

    def _read(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line."""
        if line.endswith(_CHUNK_ENDS) and _CHUNK in line:
            at = line.find(_CHUNK_SAYS)
            part = line[at + len(_CHUNK_SAYS) : -len(_CHUNK_ENDS)]
            if at > 0 and b'","' not in part:
                return self._say(part, seen)
        message = read(line)
        if message is None:
            return self._logged(line, seen)
        match message.kind:
            case MessageKind.NOTIFICATION if message.method == UPDATE:
                return self._update(table(message.params.get("update")), line, seen)
            case MessageKind.REQUEST if message.method == PERMISSION:
                return [*self._flush(), self._permission(message, line, seen)]
            case MessageKind.RESULT | MessageKind.ERROR:
                return [*self._flush(), *self._answered(message, line, seen)]
        return [not_understood(line, seen, message.method or "?")]

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return what was not said before the end."""
        spent = None if self._store is None else self._store.spent()
        events = [*self._release(), *self._flush()]
        if spent is not None:
            seen, cost = result.duration, spent.cost_usd
            events.append(Event(kind=EventKind.USAGE, seen=seen, usage=spent.usage, cost_usd=cost))
        return events

    def _release(self) -> list[Event]:
        """Return the ends of commands with their exit codes, which the session's file knows."""
        exits = {} if self._store is None else self._store.exits()
        codes = [(each, exits.get(each.call)) for each in self._held]
        self._held.clear()
        return [each._replace(exit=code, failed=each.failed or bool(code)) for each, code in codes]

    def _update(self, update: Json, line: bytes, seen: float) -> Sequence[Event]:
        """Read what is told of the turn."""
        kind = text_of(update.get("sessionUpdate"))
        if kind == "usage_update" and self._notices:
            return self._asking(seen)
        self._asked_at = None
        match kind:
            case "agent_message_chunk":
                text = text_of(table(update.get("content")).get("text"))
                return self._say(quoted(text), seen)
            case "agent_thought_chunk":
                self._worked = True
                if self._thought:
                    return ()
                self._thought = True
                return [Event(kind=EventKind.REASONING, seen=seen, raw=line)]
            case "tool_call" | "tool_call_update":
                self._worked, self._wrong = True, ""
                self._requests = 0
                return [*self._flush(), *self._called(update, line, seen)]
        if kind in SILENT:
            return ()
        return [not_understood(line, seen, kind or "?")]

    def _called(self, update: Json, line: bytes, seen: float) -> list[Event]:
        """Read what is told of a call."""
        events = self._calls.update(update, line, seen)
        if self._store is None or not events:
            return events
        *before, last = events
        if last.kind is EventKind.CALL_ENDED and last.work is Work.COMMAND and last.exit is None:
            self._held.append(last)
            return before
        return events

    def _notice(self, part: bytes, seen: float) -> list[Event]:
        """Read what the program itself says."""
        events, text = self._flush(), unquoted(part)
        if text.startswith("Error: "):
            self._wrong = text
        again = "Retrying" in text
        kind = EventKind.RETRY if again else EventKind.NOTICE
        events.append(Event(kind=kind, seen=seen, text=text))
        self._retries += again
        if self._retries > (1 if BROKEN in text else PATIENCE):
            circles = f"it asks its model again and again: {text}"
            events.append(Event(kind=EventKind.CIRCLES, seen=seen, text=circles))
        return events

    def _logged(self, line: bytes, seen: float) -> list[Event]:
        """Read a line that is no message: the log of OpenCode tells requests and errors."""
        if not line.startswith(b"timestamp=") or b" small=true" in line:
            return [not_understood(line, seen)]
        if b" message=stream " in line:
            self._requests += 1
            if self._requests > PATIENCE + 1:
                text = f"{UNANSWERED}: {self._trouble}"
                return [Event(kind=EventKind.CIRCLES, seen=seen, text=text)]
            again = Event(kind=EventKind.RETRY, seen=seen, text=self._trouble or UNANSWERED)
            turn = Event(kind=EventKind.TURN, seen=seen)
            return [again, turn] if self._requests > 1 else [turn]
        if b' message="stream error" ' in line:
            found = _LOGGED.search(line)
            self._trouble = (found[1] if found else line).decode("utf-8", "backslashreplace")
            if self._requests > 1:
                text = f"{UNANSWERED}: {self._trouble}"
                return [Event(kind=EventKind.CIRCLES, seen=seen, text=text)]
            return [Event(kind=EventKind.NOTICE, seen=seen, text=self._trouble)]
        return [not_understood(line, seen, "log")]

    def _asking(self, seen: float) -> list[Event]:
        """Take a request of Copilot CLI to its model."""
        before, self._asked_at = self._asked_at, seen
        asked = Event(kind=EventKind.TURN, seen=seen)
        if before is None or seen - before < WAIT or self._said:
            return [asked]
        again = Event(kind=EventKind.RETRY, seen=seen, text=_UNTOLD)
        return [asked, again, Event(kind=EventKind.CIRCLES, seen=seen, text=_UNTOLD)]

    def _say(self, part: bytes, seen: float) -> Sequence[Event]:
        """Put together what the model says, as it stands between the quotes of its JSON."""
        self._asked_at = None
        if self._notices and part.startswith((b"Info: ", b"Error: ")):
            return self._notice(part, seen)
        self._wrong, self._requests = "", 0
        if not self._said:
            self._first = seen
        if self._length < ANSWER:
            self._said.append(part)
            self._length += len(part)
        return ()

    def _flush(self) -> list[Event]:
        """Return what was said until now."""
        if not self._said:
            return []
        self._last = unquoted(b"".join(self._said))
        self._said.clear()
        self._length = 0
        return [Event(kind=EventKind.MESSAGE, seen=self._first, text=self._last)]

    def _permission(self, message: Message, line: bytes, seen: float) -> Event:
        """Tell how a request for leave is answered."""
        call = table(message.params.get("toolCall"))
        allowed = self._policy is Policy.ALLOW and chosen(message.params, self._policy) is not None
        name = self._calls.name(call)
        text = text_of(call.get("title"))
        return Event(
            kind=EventKind.PERMISSION, seen=seen, name=name, text=text, allowed=allowed, raw=line
        )

    def _answered(self, message: Message, line: bytes, seen: float) -> list[Event]:
        """Read the answer to a request of ours."""
        asked = self._asked.pop(message.id, "") if isinstance(message.id, int) else ""
        if message.kind is MessageKind.ERROR:
            more = text_of(message.data)
            text = f"{message.error}: {more}" if more else message.error
            return [Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)]
        result = message.result
        wrong = ""
        match asked:
            case "initialize":
                wrong = wrong_version(result)
            case "session/new":
                if self._store is not None:
                    self._store.named(text_of(result.get("sessionId")))
                wrong = missing_model(result, self._model)
                if not wrong:
                    return [Event(kind=EventKind.SESSION, seen=seen, raw=line)]
            case "session/prompt":
                return [self._ended(result, line, seen)]
            case _:
                pass
        if wrong:
            return [Event(kind=EventKind.FAILED, seen=seen, text=wrong, raw=line)]
        return []

    def _ended(self, result: Json, line: bytes, seen: float) -> Event:
        """Judge the end of the turn: some programs end one like a success that had an error."""
        stop = text_of(result.get("stopReason"))
        usage = usage_of(result)
        wrong = ""
        if self._wrong:
            wrong = self._wrong
        elif stop != "end_turn":
            wrong = f"its turn ended with {stop or 'no reason'}"
        elif not self._last and not self._worked:
            wrong = "its turn ended without a word of the model"
        elif usage is None and not self._worked and _ERROR.match(self._last):
            wrong = self._last
        if wrong:
            return Event(kind=EventKind.FAILED, seen=seen, text=wrong, usage=usage, raw=line)
        return Event(kind=EventKind.COMPLETED, seen=seen, usage=usage, raw=line)
