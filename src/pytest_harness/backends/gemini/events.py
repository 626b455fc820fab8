"""What Gemini CLI prints with ``--output-format stream-json``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.gemini.faults import retries
from pytest_harness.backends.gemini.session import Session
from pytest_harness.backends.json_lines import (
    Json,
    count,
    document,
    name_of,
    not_understood,
    quoted,
    rest,
    table,
    text_of,
    unquoted,
)
from pytest_harness.backends.open_calls import OpenCalls
from pytest_harness.backends.transcript import ANSWER, REMEMBERED
from pytest_harness.records import Usage
from pytest_harness.runtime.process import ProcessResult

TOOLS = frozenset(
    {
        "write_file",
        "replace",
        "read_file",
        "run_shell_command",
        "web_fetch",
        "google_web_search",
        "list_directory",
        "grep_search",
        "glob",
    }
)
"""Tools that the program has; one that it does not offer was taken from the model."""
_WORK = {
    "run_shell_command": Work.COMMAND,
    "write_file": Work.EDIT,
    "replace": Work.EDIT,
    "read_file": Work.READ,
}
_REFUSED = re.compile(r"Path not in workspace|Access denied|Tool execution denied")
_PART_BEGINS = b'{"type":"message","timestamp":"'
_PART_ENDS = b'","delta":true}'
_PART_SAYS = b'","role":"assistant","content":"'
_EXIT = re.compile(r"Command exited with code: (\d{1,3})")


class GeminiParser:
    """Reads one run."""

    def __init__(self, directory: Path, home: Path, denied: Sequence[str] = ()) -> None:
        """Take its working directory, its home, and the tools that it may not use."""
        self._directory = directory
        self._denied = TOOLS | {each.partition("(")[0] for each in denied}
        self._session = Session(home)
        self._open = OpenCalls()
        self._held: list[Event] = []
        self._said: list[bytes] = []
        self._length = 0
        self._first = 0.0
        self._asking: float | None = None
        self._wrong = ""
        self._counted = False
        self._ended = False

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line of standard output."""
        if line.endswith(_PART_ENDS) and line.startswith(_PART_BEGINS):
            at = line.find(_PART_SAYS, 0, 100)
            if at > 0:
                return self._say(line[at + len(_PART_SAYS) : -len(_PART_ENDS)], seen)
        found = document(line)
        if found is None:
            return [not_understood(line, seen)]
        match found.get("type"):
            case "message":
                return self._message(found, seen)
            case "tool_use":
                return [*self._up_to_here(), self._started(found, line, seen)]
            case "tool_result":
                return [*self._up_to_here(held=False), *self._result(found, line, seen)]
            case "error":
                self._wrong = text_of(found.get("message")) or "an error without a message"
                wrong = Event(kind=EventKind.NOTICE, seen=seen, text=self._wrong, raw=line)
                return [*self._up_to_here(), wrong]
            case "result":
                return self._end(found, line, seen)
            case "init":
                self._session.named(text_of(found.get("session_id")))
                name = text_of(found.get("model"))
                return [Event(kind=EventKind.SESSION, seen=seen, text=name, raw=line)]
        return [not_understood(line, seen, text_of(found.get("type")) or "?")]

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return what was not said before the end, and what the session's file tells."""
        waiting = self._asking is not None
        seen = result.duration
        events = self._up_to_here()
        again = [Event(kind=EventKind.RETRY, seen=seen, text=each) for each in retries(result)]
        usage = None if self._counted else self._session.usage()
        counted = [Event(kind=EventKind.USAGE, seen=seen, usage=usage)] if usage else []
        if waiting and not self._ended:
            # The last retry is what the program was still waiting for.
            return [*events, *counted, *again]
        passed = [Event(kind=EventKind.OTHER, seen=seen, name="end")] if again else []
        return [*again, *events, *counted, *passed]

    def _message(self, found: Json, seen: float) -> Sequence[Event]:
        """Take a part of what the model says, or what it was asked."""
        if found.get("role") != "assistant":
            self._asking = seen
            return [Event(kind=EventKind.OTHER, seen=seen, name="prompt")]
        return self._say(quoted(text_of(found.get("content"))), seen)

    def _say(self, part: bytes, seen: float) -> Sequence[Event]:
        """Put together what the model says, as it stands between the quotes of its JSON."""
        asked = self._held or self._asking is not None
        events = self._up_to_here(said=False) if asked else ()
        if not self._said:
            self._first = seen
        if self._length < ANSWER:
            self._said.append(part)
            self._length += len(part)
        return events

    def _up_to_here(self, *, said: bool = True, held: bool = True) -> list[Event]:
        """Return what is known once something else has come."""
        events: list[Event] = []
        if held and self._held:
            exits = self._session.exits()
            events += [_with_exit(each, exits.get(each.call)) for each in self._held]
            self._held.clear()
        if self._asking is not None:
            events.append(Event(kind=EventKind.TURN, seen=self._asking))
            self._asking = None
        if said and self._said:
            text = unquoted(b"".join(self._said))
            events.append(Event(kind=EventKind.MESSAGE, seen=self._first, text=text))
            self._said.clear()
            self._length = 0
        return events

    def _started(self, found: Json, line: bytes, seen: float) -> Event:
        """Read a call."""
        given = table(found.get("parameters"))
        name = text_of(found.get("tool_name"))
        work = _WORK.get(name, Work.OTHER)
        path = given.get("file_path")
        paths = (self._absolute(path),) if work in {Work.EDIT, Work.READ} and path else ()
        event = Event(
            kind=EventKind.CALL_STARTED,
            seen=seen,
            name=name,
            call=name_of(found.get("tool_id")),
            work=work,
            text=text_of(given.get("command")) if work is Work.COMMAND else "",
            paths=paths,
            arguments=json.dumps(given, ensure_ascii=False),
            raw=line,
        )
        return self._open.started(event)

    def _absolute(self, path: object) -> str:
        return os.path.normpath(self._directory / text_of(path))

    def _result(self, found: Json, line: bytes, seen: float) -> list[Event]:
        """Read the result of a call; that of a command is held until its exit code is known."""
        call = name_of(found.get("tool_id"))
        begun = self._open.ended(call) or Event(kind=EventKind.CALL_STARTED, seen=seen)
        error = table(found.get("error"))
        output = text_of(found.get("output")) or text_of(error.get("message"))
        failed = found.get("status") != "success"
        ended = begun._replace(
            kind=EventKind.CALL_ENDED,
            seen=seen,
            call=call,
            failed=failed,
            output=output,
            raw=line,
        )
        if not self._open:
            self._asking = seen
        if not failed and begun.work is Work.COMMAND:
            told = _EXIT.fullmatch(output)
            if told is None:
                self._held.append(ended._replace(output=output[-REMEMBERED:], raw=b""))
                return []
            return [_with_exit(ended, int(told.group(1)))]
        events = [ended]
        if failed and self._was_refused(begun.name, text_of(error.get("type")), output):
            refused = Event(
                kind=EventKind.PERMISSION, seen=seen, name=begun.name, text=output, allowed=False
            )
            events.insert(0, refused)
        return events

    def _was_refused(self, name: str, kind: str, output: str) -> bool:
        """Tell whether a call failed because the program did not let it happen."""
        if kind == "tool_not_registered":
            return name in self._denied
        named = kind in {"policy_violation", "path_not_in_workspace"}
        return named or _REFUSED.match(output) is not None

    def _end(self, found: Json, line: bytes, seen: float) -> list[Event]:
        """Read the end of the turn: only one without any error is a success."""
        error = table(found.get("error"))
        if error.get("type") == "FatalTurnLimitedError":
            # The model was not asked again.
            self._asking = None
        events = self._up_to_here()
        usage = _usage(table(found.get("stats")))
        self._counted = usage is not None
        self._ended = True
        wrong = text_of(error.get("message")) or self._wrong
        if found.get("status") == "success" and not wrong:
            end = Event(kind=EventKind.COMPLETED, seen=seen, usage=usage, raw=line)
        else:
            text = wrong or "it ended its turn with an error that it did not explain"
            end = Event(kind=EventKind.FAILED, seen=seen, text=text, usage=usage, raw=line)
        return [*events, end]


def _with_exit(event: Event, code: int | None) -> Event:
    """Return the end of a command with its exit code."""
    return event._replace(exit=code, failed=bool(code))


def _usage(stats: Json) -> Usage | None:
    """Read the tokens of all requests; a turn that failed tells none."""
    total, given = count(stats.get("total_tokens")), count(stats.get("input_tokens"))
    cached, output = count(stats.get("cached")), count(stats.get("output_tokens"))
    if not total:
        return None
    return Usage(
        input=rest(given, cached),
        cached_input=cached,
        output=output,
        reasoning=rest(total, given, output),
    )
