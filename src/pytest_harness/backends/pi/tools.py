"""What Pi's tools do."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import Json, name_of, table, text_of
from pytest_harness.backends.open_calls import OpenCalls

_WORK = {
    "bash": Work.COMMAND,
    "powershell": Work.COMMAND,
    "write": Work.EDIT,
    "edit": Work.EDIT,
    "read": Work.READ,
}
KNOWN = frozenset({*_WORK, "grep", "find", "ls"})
"""Tools that the program has; one that it says it has not was taken from the model."""
_EXIT = re.compile(r"Command exited with code (\d{1,3})\s*\Z")


class Calls:
    """Follows calls of tools from their start to their end."""

    def __init__(self, directory: Path, denied: tuple[str, ...]) -> None:
        """Take the working directory, and the tools that may not be used."""
        self._directory = directory
        self._denied = KNOWN | frozenset(denied)
        self._open = OpenCalls()

    def started(self, found: Json, line: bytes, seen: float) -> list[Event]:
        """Read the start of a call."""
        given = table(found.get("args"))
        name = text_of(found.get("toolName"))
        work = _WORK.get(name, Work.OTHER)
        path = given.get("path")
        has_path = work in {Work.EDIT, Work.READ} and isinstance(path, str) and path
        event = Event(
            kind=EventKind.CALL_STARTED,
            seen=seen,
            name=name,
            call=name_of(found.get("toolCallId")),
            work=work,
            text=text_of(given.get("command")) if work is Work.COMMAND else "",
            paths=(self._absolute(str(path)),) if has_path else (),
            arguments=json.dumps(given, ensure_ascii=False),
            raw=line,
        )
        return [self._open.started(event)]

    def ended(self, found: Json, line: bytes, seen: float) -> list[Event]:
        """Read the result of a call."""
        call, name = name_of(found.get("toolCallId")), text_of(found.get("toolName"))
        begun = self._open.ended(call) or Event(
            kind=EventKind.CALL_STARTED,
            seen=seen,
            name=name,
            call=call,
            work=_WORK.get(name, Work.OTHER),
        )
        output = said(table(found.get("result")))
        failed = found.get("isError") is True
        code = _exit(output, failed=failed) if begun.work is Work.COMMAND else None
        ended = begun._replace(
            kind=EventKind.CALL_ENDED,
            seen=seen,
            failed=failed,
            exit=code,
            output=output,
            raw=line,
        )
        if failed and begun.name in self._denied and output == f"Tool {begun.name} not found":
            refused = Event(
                kind=EventKind.PERMISSION, seen=seen, name=begun.name, text=output, allowed=False
            )
            return [refused, ended]
        return [ended]

    def _absolute(self, path: str) -> str:
        return os.path.normpath(self._directory / path.removeprefix("@"))


def said(message: Json, kind: str = "text") -> str:
    """Return the text in the parts of a message or a result."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        text_of(table(part).get(kind)) for part in parts if table(part).get("type") == kind
    )


def _exit(output: str, *, failed: bool) -> int | None:
    """Return the exit code of a command; ``None`` for one that was ended."""
    if not failed:
        return 0
    told = _EXIT.search(output)
    return None if told is None else int(told.group(1))
