"""Reading what Claude Code prints with ``--output-format stream-json``.

The child of the SDK prints the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_harness.backends.claude.tools import Tool, called, exit_code, output
from pytest_harness.backends.claude.usage import UsageSoFar, of_result
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import (
    Json,
    document,
    dollars,
    name_of,
    not_understood,
    table,
    text_of,
)
from pytest_harness.backends.sdk.main import ERROR
from pytest_harness.runtime.process import ProcessResult

_NOTHING_NEW = (
    b'{"type":"stream_event"',
    b'{"type":"tool_progress"',
    b'{"type":"system","subtype":"thinking_tokens"',
    b'{"type":"system","subtype":"status"',
    b'{"type":"system","subtype":"task_progress"',
    b'{"type":"system","subtype":"background_tasks_changed"',
)
"""Beginnings of frequent lines that say nothing that others do not say as well."""
_REMEMBERED = 1000
"""Calls and refusals that are remembered."""
_NO_TOOL = "No such tool available: "
_NOTHING = Tool("", Work.OTHER, "", ())


class ClaudeParser:
    """Reads one run.

    A run has as many results as its agent was woken by work that it left in the background. The
    turn is finished when the last of them is good and the model was not asked again.
    """

    def __init__(self, denied: Sequence[str] = ()) -> None:
        self._denied = frozenset(rule.partition("(")[0] for rule in denied)
        self._usage = UsageSoFar()
        self._open: dict[str, Tool] = {}
        self._refused: dict[str, None] = {}
        self._said = False
        self._good = False
        self._readers: dict[str, Callable[[Json, float, bytes], Sequence[Event]]] = {
            "assistant": self._assistant,
            "user": self._user,
            "system": self._system,
            "result": self._result,
            ERROR: self._raised,
        }

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line."""
        if line.startswith(_NOTHING_NEW):
            return ()
        read = document(line)
        kind = None if read is None else read.get("type")
        if read is None or not isinstance(kind, str):
            return (not_understood(line, seen),)
        reader = self._readers.get(kind)
        if reader is None:
            return (not_understood(line, seen, kind or "nameless"),)
        return reader(read, seen, line)

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Tell that the turn was finished, if its last result was good."""
        if not self._good:
            return ()
        return (Event(kind=EventKind.COMPLETED, seen=result.duration),)

    def _assistant(self, read: Json, seen: float, line: bytes) -> Sequence[Event]:
        """Read one block of a message of the model."""
        message = table(read.get("message"))
        found = _objects(message.get("content"))
        if message.get("model") == "<synthetic>" or read.get("is_api_error_message") is True:
            text = " ".join(text_of(each.get("text")) for each in found)
            return (Event(kind=EventKind.NOTICE, seen=seen, text=text),)
        events: list[Event] = []
        sender = name_of(read.get("parent_tool_use_id"))
        asked = name_of(message.get("id")), sender
        if self._usage.asked(asked, table(message.get("usage"))):
            self._good = False
            events.append(Event(kind=EventKind.TURN, seen=seen, usage=self._usage.total))
        helper = sender != ""
        events += [self._block(block, seen, line, helper=helper) for block in found]
        return events

    def _block(self, block: Json, seen: float, line: bytes, *, helper: bool) -> Event:
        """Read one block; what an agent says to the one that sent it is no answer."""
        match block.get("type"):
            case "text" if not helper:
                self._said = True
                return Event(kind=EventKind.MESSAGE, seen=seen, text=text_of(block.get("text")))
            case "text" | "thinking" as kind:
                text = text_of(block.get(kind))
                return Event(kind=EventKind.REASONING, seen=seen, text=text)
            case "tool_use":
                tool, arguments = called(block)
                call = name_of(block.get("id"))
                if len(self._open) < _REMEMBERED:
                    self._open[call] = tool.shortened()
                return Event(
                    kind=EventKind.CALL_STARTED,
                    seen=seen,
                    name=tool.name,
                    work=tool.work,
                    text=tool.text,
                    paths=tool.paths,
                    call=call,
                    arguments=arguments,
                )
            case kind:
                return not_understood(line, seen, f"assistant.{text_of(kind)}")

    def _user(self, read: Json, seen: float, line: bytes) -> Sequence[Event]:
        """Read the results of tools."""
        events: list[Event] = []
        for block in _objects(table(read.get("message")).get("content")):
            if block.get("type") == "tool_result":
                more = table(read.get("tool_use_result"))
                events += self._ended(block, seen, background="backgroundTaskId" in more)
        return events or (not_understood(line, seen, "user"),)

    def _ended(self, block: Json, seen: float, *, background: bool) -> Sequence[Event]:
        """Read the result of one tool."""
        call, printed = name_of(block.get("tool_use_id")), output(block)
        tool = self._open.pop(call, _NOTHING)
        failed = block.get("is_error") is True
        ended = Event(
            kind=EventKind.CALL_ENDED,
            seen=seen,
            name=tool.name,
            work=tool.work,
            text=tool.text,
            paths=tool.paths,
            call=call,
            failed=failed,
            output=printed,
            exit=exit_code(tool.work, printed, failed=failed, background=background),
        )
        if failed and tool.name in self._denied and _NO_TOOL in printed:
            return (*self._refusal(call, tool.name, printed, seen), ended)
        return (ended,)

    def _system(self, read: Json, seen: float, line: bytes) -> Sequence[Event]:
        """Read what the program says of itself."""
        match read.get("subtype"):
            case "init":
                text = text_of(read.get("session_id"))
                return (Event(kind=EventKind.SESSION, seen=seen, text=text),)
            case "api_retry":
                return (Event(kind=EventKind.RETRY, seen=seen, text=_trouble(read)),)
            case "permission_denied":
                call, name = name_of(read.get("tool_use_id")), text_of(read.get("tool_name"))
                return self._refusal(call, name, text_of(read.get("message")), seen)
            case kind:
                return (not_understood(line, seen, f"system.{text_of(kind)}"),)

    def _refusal(self, call: str, name: str, text: str, seen: float) -> Sequence[Event]:
        """Tell of a refused tool once."""
        if call in self._refused:
            return ()
        if len(self._refused) < _REMEMBERED:
            self._refused[call] = None
        kind = EventKind.PERMISSION
        return (Event(kind=kind, seen=seen, call=call, name=name, text=text, allowed=False),)

    def _result(self, read: Json, seen: float, _: bytes) -> Sequence[Event]:
        """Read how a turn ended; ``is_error`` decides."""
        usage, cost = of_result(read), dollars(read.get("total_cost_usd"))
        events = [Event(kind=EventKind.USAGE, seen=seen, usage=usage, cost_usd=cost)]
        for told in _objects(read.get("permission_denials")):
            call, name = name_of(told.get("tool_use_id")), text_of(told.get("tool_name"))
            events += self._refusal(call, name, "", seen)
        subtype = text_of(read.get("subtype"))
        text = text_of(read.get("result"))
        self._good = subtype == "success" and read.get("is_error") is False
        if not self._good:
            events.append(Event(kind=EventKind.FAILED, seen=seen, text=_failure(read, subtype)))
        elif text and not self._said:
            events.append(Event(kind=EventKind.MESSAGE, seen=seen, text=text))
        return events

    def _raised(self, read: Json, seen: float, _: bytes) -> Sequence[Event]:
        """Read what the SDK raised."""
        self._good = False
        return (Event(kind=EventKind.FAILED, seen=seen, text=text_of(read.get("error"))),)


def _objects(value: object) -> list[Json]:
    """Return the objects in a list, and nothing for what is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _trouble(read: Json) -> str:
    """Say why the model is asked again."""
    error, status = text_of(read.get("error")), read.get("error_status")
    if isinstance(status, int):
        return f"{error} (status {status})"
    return f"no answer: {error}"


def _failure(read: Json, subtype: str) -> str:
    """Say why a turn failed."""
    errors = read.get("errors")
    listed = [text_of(each) for each in errors] if isinstance(errors, list) else []
    text = text_of(read.get("result")) or "; ".join(listed)
    if subtype != "success":
        return f"{subtype}: {text}" if text else subtype or "the result has no name"
    status = read.get("api_error_status")
    if isinstance(status, int) and str(status) not in text:
        text += f" (status {status})"
    return text or "the result says no more"
