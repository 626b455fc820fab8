"""What a program that speaks the protocol says of its turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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
from pytest_harness.backends.acp.usage import usage_of
from pytest_harness.backends.events import Event, EventKind
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
from pytest_harness.records import Usage
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
        spent: Callable[[str], Usage | None] = lambda _session: None,
    ) -> None:
        """Take what is answered, the model to be set, if any, and who else knows the tokens."""
        self._policy = policy
        self._model = model
        self._spent = spent
        self._calls = Calls()
        self._session = ""
        self._said: list[bytes] = []
        self._length = 0
        self._first = 0.0
        self._last = ""
        self._worked = False
        self._thought = False
        self._counted = False
        order = [INITIALIZE, NEW, *([] if model is None else ["session/set_model"]), PROMPT]
        self._asked = dict(enumerate(order, start=1))

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output."""
        if line.endswith(_CHUNK_ENDS) and _CHUNK in line:
            at = line.find(_CHUNK_SAYS)
            part = line[at + len(_CHUNK_SAYS) : -len(_CHUNK_ENDS)]
            if at > 0 and b'","' not in part:
                return self._say(part, seen)
        message = read(line)
        if message is None:
            return [not_understood(line, seen)]
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
        usage = None if self._counted or not self._session else self._spent(self._session)
        counted = Event(kind=EventKind.USAGE, seen=result.duration, usage=usage)
        return [*self._flush(), *([counted] if usage else [])]

    def _update(self, update: Json, line: bytes, seen: float) -> Sequence[Event]:
        """Read what is told of the turn."""
        kind = text_of(update.get("sessionUpdate"))
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
                self._worked = True
                return [*self._flush(), *self._calls.update(update, line, seen)]
        if kind in SILENT:
            return ()
        return [not_understood(line, seen, kind or "?")]

    def _say(self, part: bytes, seen: float) -> Sequence[Event]:
        """Put together what the model says, as it stands between the quotes of its JSON."""
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
                self._session = text_of(result.get("sessionId"))
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
        usage = usage_of(result) or self._spent(self._session)
        self._counted = usage is not None
        wrong = ""
        if stop != "end_turn":
            wrong = f"its turn ended with {stop or 'no reason'}"
        elif usage is None and not self._worked:
            if not self._last:
                wrong = "its turn ended without a word of the model"
            elif _ERROR.match(self._last):
                wrong = self._last
        if wrong:
            return Event(kind=EventKind.FAILED, seen=seen, text=wrong, usage=usage, raw=line)
        return Event(kind=EventKind.COMPLETED, seen=seen, usage=usage, raw=line)
