"""The calls of tools in a session, told in several messages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import Json, name_of, table, text_of
from pytest_harness.backends.transcript import PATH, REMEMBERED

OPEN = 1000
"""Calls without an end that are remembered."""
LONG = 16 << 10
"""Bytes of a message of which not all is remembered."""
PATHS = 100
"""Paths of a call that are remembered."""
_WORK = {
    "execute": Work.COMMAND,
    "read": Work.READ,
    "edit": Work.EDIT,
    "delete": Work.EDIT,
    "move": Work.EDIT,
}
_PATHS = ("path", "file_path", "filePath", "filepath")
_EXIT = re.compile(r"(?i)exit(?:ed with)?[ _]code:? (\d{1,3})\b")


@dataclass(slots=True)
class _Call:
    """What is known of one call."""

    kind: str = ""
    title: str = ""
    raw: Json = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    output: str = ""
    started: bool = False


class Calls:
    """Follows the calls that are going on."""

    def __init__(self) -> None:
        self._open: dict[str, _Call] = {}

    def name(self, told: Json) -> str:
        """Return the name of a call: the protocol has only its kind."""
        call = self._open.get(name_of(told.get("toolCallId")))
        return text_of(told.get("kind")) or (call.kind if call else "") or "other"

    def update(self, told: Json, line: bytes, seen: float) -> list[Event]:
        """Take one message about a call.

        It has started once its arguments are known, which some programs tell after its name.
        """
        identity = name_of(told.get("toolCallId"))
        call = self._open.get(identity) or _Call()
        if len(self._open) < OPEN:
            self._open[identity] = call
        _merge(call, told)
        status = text_of(told.get("status"))
        ended = status in {"completed", "failed"}
        events: list[Event] = []
        if not call.started and (ended or status == "in_progress" or _is_told(call)):
            call.started = True
            events.append(_event(EventKind.CALL_STARTED, identity, call, line, seen))
        if ended:
            self._open.pop(identity, None)
            code = _exit(told.get("rawOutput"), call.output)
            failed = status == "failed" or bool(code)
            events.append(_event(EventKind.CALL_ENDED, identity, call, line, seen, code, failed))
        elif len(line) > LONG:
            _shorten(call)
        return events


def _is_told(call: _Call) -> bool:
    """Tell whether a call's arguments are known."""
    if call.kind == "execute":
        return "command" in call.raw
    return bool(call.raw or call.paths)


def _merge(call: _Call, told: Json) -> None:
    """Add what a message tells to what is known."""
    call.kind = name_of(told.get("kind")) or call.kind
    call.title = text_of(told.get("title"))[:REMEMBERED] or call.title
    call.raw = table(told.get("rawInput")) or call.raw
    places = told.get("locations")
    for each in places if isinstance(places, list) else []:
        _add_path(call, table(each).get("path"))
    content = told.get("content")
    texts = []
    for each in content if isinstance(content, list) else []:
        item = table(each)
        if item.get("type") == "diff":
            _add_path(call, item.get("path"))
        texts.append(text_of(table(item.get("content")).get("text")))
    call.output = "\n".join(filter(None, texts)) or _text(told.get("rawOutput")) or call.output


def _add_path(call: _Call, told: object) -> None:
    """Note a file that a call is about."""
    path = text_of(told)[:PATH]
    if path and len(call.paths) < PATHS:
        call.paths[path] = None


def _shorten(call: _Call) -> None:
    """Keep little of a call that goes on: there may be many."""
    call.output = call.output[-REMEMBERED:]
    call.raw = {
        name: text_of(call.raw[name])[:REMEMBERED]
        for name in ("command", *_PATHS)
        if name in call.raw
    }


def _event(
    kind: EventKind,
    identity: str,
    call: _Call,
    line: bytes,
    seen: float,
    code: int | None = None,
    failed: bool = False,  # noqa: FBT001, FBT002 - told by position once, in this file
) -> Event:
    """Return the start or the end of a call."""
    work = _WORK.get(call.kind, Work.OTHER)
    paths = tuple(call.paths)
    if not paths and work in {Work.READ, Work.EDIT}:
        named = (text_of(call.raw.get(name)) for name in _PATHS)
        paths = tuple(name for name in named if name)[:1]
    started = kind is EventKind.CALL_STARTED
    command = call.raw.get("command") or call.title
    return Event(
        kind=kind,
        seen=seen,
        name=call.kind or "other",
        call=identity,
        work=work,
        text=text_of(command) if work is Work.COMMAND else "",
        paths=paths if work in {Work.READ, Work.EDIT} else (),
        arguments=json.dumps(call.raw, ensure_ascii=False) if started and call.raw else "",
        exit=code if work is Work.COMMAND else None,
        failed=failed,
        output="" if started else call.output,
        raw=line,
    )


def _text(output: object) -> str:
    """Return what a call printed."""
    if isinstance(output, dict):
        for name in ("output", "content", "message", "error"):
            if isinstance(output.get(name), str):
                return str(output[name])
    return text_of(output)


def _exit(output: object, text: str) -> int | None:
    """Return the exit code of a command, where a program tells it in one of the usual ways."""
    pending = [output]
    for _ in range(20):
        if not pending:
            break
        value = pending.pop()
        if isinstance(value, dict):
            for name in ("exitCode", "exit_code", "exit"):
                code = value.get(name)
                if isinstance(code, int) and not isinstance(code, bool):
                    return code
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value[:10])
    found = _EXIT.findall(text[-300:])
    return int(found[-1]) if found else None
