"""What Copilot CLI prints with ``--output-format json``, and what its logs of sessions hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from pytest_harness.backends.copilot.tools import WORK
from pytest_harness.backends.copilot.usage import tokens
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import (
    Json,
    document,
    name_of,
    not_understood,
    table,
    text_of,
)
from pytest_harness.backends.open_calls import OpenCalls
from pytest_harness.backends.sdk import main
from pytest_harness.records import Usage
from pytest_harness.runtime.process import ProcessResult

USUAL_RETRIES = 1
"""How often it may ask again where nobody says."""
_TYPE = re.compile(rb'\s*\{"type": ?"([a-zA-Z_.]+)"')
_SAID = frozenset(
    {b"assistant.message_delta", b"assistant.reasoning_delta", b"assistant.tool_call_delta"}
)
_QUIET = frozenset(
    {
        b"assistant.message_start",
        b"assistant.streaming_delta",
        b"assistant.turn_end",
        b"assistant.turn_start",
        b"model.call_final_result",
        b"pending_messages.modified",
        b"permission.completed",
        b"permission.requested",
        b"sandbox.decision",
        b"session.background_tasks_changed",
        b"session.managed_settings_resolved",
        b"session.mcp_servers_loaded",
        b"session.shutdown",
        b"session.skills_loaded",
        b"session.title_changed",
        b"session.usage_info",
        b"system.message",
        b"tool.execution_partial_result",
        b"tool.execution_progress",
        b"tool.shell_output",
        b"user.message",
    }
)
_OWN = frozenset({"abort", "assistant.idle", "assistant.message", "session.error", "session.idle"})
"""What says nothing about the run where an agent says it that the first one started."""
_RETRIED = frozenset({401, 408, 409, 429})
_REFUSED = frozenset({"denied", "rejected"})


class CopilotParser:
    """Reads one run."""

    def __init__(
        self,
        retries: int | None = None,
        denied: Sequence[str] = (),
        usage: Callable[[], Usage | None] = lambda: None,
    ) -> None:
        """Take how often it may ask again, which tools were taken from it, and what tells tokens.

        ``usage`` is called once the program has ended.
        """
        self._retries = USUAL_RETRIES if retries is None else retries
        self._patient = retries is not None
        self._missing = {f"Tool '{each}' does not exist." for each in denied}
        self._usage = usage
        self._open = OpenCalls()
        self._answered = False
        self._aborted = False
        self._failed = False
        self._trouble = ""
        self._counted: Usage | None = None

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output."""
        match = _TYPE.match(line)
        name = match.group(1) if match else b""
        if name in _QUIET:
            return ()
        if name in _SAID:
            if self._answered:
                return ()
            self._answered = True
            return [Event(kind=EventKind.REASONING, seen=seen)]
        found = document(line)
        if found is None:
            return [not_understood(line, seen)]
        kind = text_of(found.get("type"))
        if found.get("agentId") and kind in _OWN:
            return [not_understood(line, seen, kind)]
        return self._event(kind, found, table(found.get("data")), line, seen)

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return the tokens: the stream tells none."""
        usage = self._usage()
        return [Event(kind=EventKind.USAGE, seen=result.duration, usage=usage)] if usage else []

    def _event(self, kind: str, found: Json, data: Json, line: bytes, seen: float) -> list[Event]:
        """Read one event."""
        match kind:
            case "model.call_start":
                return [Event(kind=EventKind.TURN, seen=seen, raw=line)]
            case "model.call_finished":
                self._answered = self._answered or data.get("outcome") == "success"
                return []
            case "model.call_failure":
                return self._failure(data, line, seen)
            case "assistant.turn_retry" if not self._failed:
                return [Event(kind=EventKind.RETRY, seen=seen, text=self._trouble, raw=line)]
            case "assistant.message":
                return self._message(data, line, seen)
            case "assistant.reasoning":
                text = text_of(data.get("content"))
                return [Event(kind=EventKind.REASONING, seen=seen, text=text, raw=line)]
            case "tool.execution_start":
                return [self._started(data, line, seen)]
            case "tool.execution_complete":
                return self._ended(data, line, seen)
            case "assistant.usage":
                return self._counts(data, seen)
            case main.ERROR if self._failed:
                return []
            case main.ERROR:
                self._failed = True
                text = text_of(found.get("error"))
                return [Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)]
            case "session.error":
                self._failed = True
                text = self._told(data)
                return [Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)]
            case "session.start" | "session.tools_updated":
                text = text_of(data.get("model") or data.get("selectedModel"))
                return [Event(kind=EventKind.SESSION, seen=seen, text=text, raw=line)]
            case "assistant.turn_retry":
                return []
            case "session.info" if data.get("infoType") == "model_retry":
                return []
            case "abort":
                self._aborted = True
            case "assistant.idle" | "session.idle":
                self._aborted = self._aborted or data.get("aborted") is True
                return []
            case "result":
                return self._result(found, line, seen)
        return [not_understood(line, seen, kind or "?")]

    def _failure(self, data: Json, line: bytes, seen: float) -> list[Event]:
        """Read a request that failed: the program asks again for longer than anybody waits."""
        self._trouble = text = self._told(data, message="errorMessage")
        status, attempt = data.get("statusCode"), data.get("retryAttempt")
        made = attempt if isinstance(attempt, int) else 0
        again = not isinstance(status, int) or status in _RETRIED or status >= 500
        # The program waits for at least five seconds then, with nothing done that could be lost.
        waits = status == 429 and not self._answered and not self._patient
        if again and made + waits >= self._retries and not self._failed:
            self._failed = True
            asked = "asked once" if made == 0 else f"asked {made + 1} times"
            return [
                Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line),
                Event(kind=EventKind.CIRCLES, seen=seen, text=f"{text} ({asked})"),
            ]
        return [Event(kind=EventKind.NOTICE, seen=seen, text=text, raw=line)]

    @staticmethod
    def _told(data: Json, message: str = "message") -> str:
        """Return what an error says, with its status."""
        text = text_of(data.get(message)).strip()
        inner = document(text.encode("utf-8", "replace")) if text.startswith("{") else None
        if inner is not None:
            text = text_of(inner.get("message")) or text
        elif text.startswith('"') and text.endswith('"'):
            text = text.strip('"')
        status = data.get("statusCode")
        if isinstance(status, int) and str(status) not in text:
            text = f"HTTP {status}: {text}"
        return text or "an error without a message"

    def _message(self, data: Json, line: bytes, seen: float) -> list[Event]:
        """Read what the model said."""
        self._answered = True
        text = text_of(data.get("content"))
        return [Event(kind=EventKind.MESSAGE, seen=seen, text=text, raw=line)] if text else []

    def _counts(self, data: Json, seen: float) -> list[Event]:
        """Add the tokens of one request, which the SDK tells."""
        counted = tokens(data)
        if counted is None:
            return []
        self._counted = counted if self._counted is None else self._counted + counted
        return [Event(kind=EventKind.USAGE, seen=seen, usage=self._counted)]

    def _started(self, data: Json, line: bytes, seen: float) -> Event:
        """Read a call."""
        name = text_of(data.get("toolName"))
        given = data.get("arguments")
        known = table(given)
        work = WORK.get(name, Work.OTHER)
        path = known.get("path")
        event = Event(
            kind=EventKind.CALL_STARTED,
            seen=seen,
            name=name,
            call=name_of(data.get("toolCallId")),
            work=work,
            text=text_of(known.get("command")) if work is Work.COMMAND else "",
            paths=(path,) if isinstance(path, str) and work in {Work.EDIT, Work.READ} else (),
            arguments=json.dumps(given, ensure_ascii=False),
            raw=line,
        )
        return self._open.started(event)

    def _ended(self, data: Json, line: bytes, seen: float) -> list[Event]:
        """Read the result of a call, and whether it was refused."""
        call = name_of(data.get("toolCallId"))
        begun = self._open.ended(call)
        error = table(data.get("error"))
        code = table(data.get("shellExecution")).get("exitCode")
        edits = data.get("fileEdits")
        paths = tuple(
            text_of(table(each).get("path")) for each in (edits if isinstance(edits, list) else ())
        )
        name = begun.name if begun else ""
        work = begun.work if begun else Work.OTHER
        told = text_of(error.get("message"))
        ended = Event(
            kind=EventKind.CALL_ENDED,
            seen=seen,
            name=name,
            call=call,
            work=Work.EDIT if paths and work is Work.OTHER else work,
            text=begun.text if begun else "",
            paths=paths or (begun.paths if begun else ()),
            exit=int(code) if isinstance(code, int | float) and abs(code) < 1e6 else None,
            failed=data.get("success") is not True,
            output=text_of(table(data.get("result")).get("content")) or told,
            raw=line,
        )
        if text_of(error.get("code")) not in _REFUSED and told not in self._missing:
            return [ended]
        refused = Event(kind=EventKind.PERMISSION, seen=seen, name=name, text=told, allowed=False)
        return [refused, ended]

    def _result(self, found: Json, line: bytes, seen: float) -> list[Event]:
        """Read the end: its exit code is 0 after a signal as well, and where nothing was done."""
        code = found.get("exitCode")
        if self._aborted:
            return [not_understood(line, seen, "result")]
        if code == 0 and self._answered and not self._failed:
            return [Event(kind=EventKind.COMPLETED, seen=seen, raw=line)]
        if self._failed:
            return []
        text = self._trouble or f"its result is exit code {code}, without an answer of the model"
        return [Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)]
