"""What OpenCode's tools do, in the words that all agents share."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import Json, table, text_of

_WORK = {
    "bash": Work.COMMAND,
    "read": Work.READ,
    "edit": Work.EDIT,
    "write": Work.EDIT,
    "apply_patch": Work.EDIT,
}
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
_REFUSED = re.compile(
    "The user (rejected permission to use|has specified a rule which prevents you from using)"
)


def is_refused(state: Json) -> bool:
    """Tell whether a call did not happen because the tool or what it was to do is not allowed."""
    return state.get("status") == "error" and bool(_REFUSED.match(text_of(state.get("error"))))


def events(part: Json, seen: float, line: bytes, below: str = "") -> Iterator[Event]:
    """Read the part of a call, which is printed when the call has ended.

    Relative paths are relative to the working directory, which is ``below`` the workspace.
    """
    state = table(part.get("state"))
    given, metadata = table(state.get("input")), table(state.get("metadata"))
    tool = text_of(part.get("tool"))
    work = _WORK.get(tool, Work.OTHER)
    if tool == "invalid":
        # So it writes a call that its model got wrong.
        tool = text_of(given.get("tool")) or tool
    failed = state.get("status") == "error" or text_of(part.get("tool")) == "invalid"
    code = metadata.get("exit")
    code = code if isinstance(code, int) and not isinstance(code, bool) else None
    call = text_of(part.get("callID"))
    paths = tuple(posixpath.join(below, path) for path in _paths(work, given))
    text = text_of(given.get("command") if work is Work.COMMAND else state.get("title"))
    text = "" if paths else text
    if is_refused(state):
        yield Event(kind=EventKind.PERMISSION, seen=seen, name=tool, allowed=False, raw=line)
    yield Event(
        kind=EventKind.CALL_STARTED,
        seen=seen,
        name=tool,
        call=call,
        work=work,
        text=text,
        arguments=json.dumps(given, ensure_ascii=False),
        paths=paths,
        raw=line,
    )
    yield Event(
        kind=EventKind.CALL_ENDED,
        seen=seen,
        name=tool,
        call=call,
        work=work,
        text=text,
        paths=paths,
        exit=code,
        failed=failed or code not in {0, None},
        output=text_of(state.get("error") or state.get("output")),
        raw=line,
    )


def _paths(work: Work, given: Json) -> tuple[str, ...]:
    """Return the files that a call is about."""
    if work not in {Work.READ, Work.EDIT}:
        return ()
    path = given.get("filePath")
    if isinstance(path, str) and path:
        return (path,)
    return tuple(_PATCHED.findall(text_of(given.get("patchText"))))
