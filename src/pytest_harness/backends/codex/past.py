"""What Codex wrote down of a run and did not print: requests, and calls that it refused."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.codex.items import usage_of
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import Json, document, name_of, table, text_of
from pytest_harness.runtime.process import ProcessResult

LARGEST = 256 << 20
"""Bytes of a file that is read; a larger one is left alone."""
LONGEST = 8 << 20
"""Bytes of a line that are read at once; a longer one is read in pieces, which say nothing."""
_OPEN = 1000
_MOST = 200
ARGUMENTS = 64 << 10
"""Characters of the arguments of a call that are remembered."""

_ROUTER = re.compile(r"ERROR codex_core::tools::router: error=(.*)")
_REFUSED = re.compile(
    r"approval policy is|patch rejected|reject(ed)? (command|by user)|Read-only file system"
    r"|Operation not permitted",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"unsupported call|failed to parse|apply_patch verification failed|bwrap:", re.IGNORECASE
)
_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d+)$", re.MULTILINE)
_WORDS = (b'"token_usage_record"', b'_call"', b'_call_output"', b'"item_completed"')
_SHELLS = frozenset({"exec_command", "shell", "shell_command", "local_shell"})


def file_of(home: Path, thread: str) -> Path | None:
    """Return the file in which Codex wrote down a thread; ``None`` if there is none."""
    if not re.fullmatch(r"[0-9A-Za-z-]+", thread):
        return None
    found = next(home.glob(f"sessions/*/*/*/rollout-*{thread}.jsonl"), None)
    if found is None or found.is_symlink():
        return None
    # An agent may have put a pipe there, which would keep its reader waiting for ever.
    state = found.stat()
    return found if stat.S_ISREG(state.st_mode) and state.st_size <= LARGEST else None


def events_of(file: Path, seen: float) -> Sequence[Event]:
    """Read what was written down: requests to the model with their usage, and untold calls."""
    reader = _Reader(seen)
    with file.open("rb") as lines:
        whole = iter(lambda: lines.readline(LONGEST), b"")
        return [event for line in whole for event in reader.read(line)]


def refusals(result: ProcessResult) -> Sequence[Event]:
    """Return the calls of which only standard error tells."""
    return tuple(_complaints(result))


@dataclass(slots=True)
class _Call:
    name: str
    arguments: str
    told: bool = False


class _Reader:
    """Reads the lines of one thread."""

    def __init__(self, seen: float) -> None:
        self._seen = seen
        self._calls: dict[str, _Call] = {}
        self._untold = 0

    def read(self, line: bytes) -> Iterator[Event]:
        """Read one line."""
        if not any(word in line for word in _WORDS):
            return
        found = document(line) or {}
        payload = table(found.get("payload"))
        if found.get("type") == "token_usage_record":
            used = usage_of(payload.get("thread_token_usage"))
            yield Event(kind=EventKind.TURN, seen=self._seen, usage=used)
        match payload.get("type"):
            case "function_call" | "custom_tool_call" if len(self._calls) < _OPEN:
                given = payload.get("arguments", payload.get("input"))
                call = _Call(name_of(payload.get("name")), text_of(given)[:ARGUMENTS])
                self._calls[name_of(payload.get("call_id"))] = call
            case "item_completed":
                item = table(payload.get("item"))
                printed = self._calls.get(name_of(item.get("id")))
                if printed is not None:
                    printed.told = True
            case "function_call_output" | "custom_tool_call_output":
                yield from self._ended(payload)

    def _ended(self, payload: Json) -> Iterator[Event]:
        """Return a call that was never printed and whose result shows that it did not work."""
        identity = name_of(payload.get("call_id"))
        call = self._calls.pop(identity, None)
        if call is None or call.told or self._untold >= _MOST:
            return
        output = _text(payload.get("output"))
        exited = _EXIT.search(output[:500])
        code = int(exited.group(1)) if exited else None
        refused = _REFUSED.search(output) is not None and code != 0
        if not code and not refused and not _FAILED.search(output[:500]):
            return
        self._untold += 1
        yield _failed(call, identity, output, code, self._seen)
        if refused:
            name = "shell" if call.name in _SHELLS else call.name
            yield _denied(name, output.strip().rpartition("\n")[2], self._seen, identity)


def _failed(call: _Call, identity: str, output: str, code: int | None, seen: float) -> Event:
    """Return the end of a call that did not work."""
    given = document(call.arguments.encode("utf-8", "replace")) or {}
    shell = call.name in _SHELLS
    edits = call.name == "apply_patch"
    return Event(
        kind=EventKind.CALL_ENDED,
        seen=seen,
        name="shell" if shell else "edit" if edits else call.name,
        text=text_of(given.get("cmd") or given.get("command")) if shell else "",
        call=identity,
        work=Work.COMMAND if shell else Work.EDIT if edits else Work.OTHER,
        arguments=json.dumps(given or {"input": call.arguments}, ensure_ascii=False),
        exit=code,
        failed=True,
        output=output,
    )


def _denied(name: str, said: str, seen: float, call: str = "") -> Event:
    kind = EventKind.PERMISSION
    return Event(kind=kind, seen=seen, name=name, text=said, call=call, allowed=False)


def _text(output: object) -> str:
    """Return the result of a call; it may come in parts."""
    if isinstance(output, list):
        return "\n".join(text_of(table(part).get("text")) for part in output)
    return text_of(output)


def _complaints(result: ProcessResult) -> Iterator[Event]:
    for at, match in enumerate(_ROUTER.finditer(result.stderr.text())):
        if at == _MOST:
            return
        said = match.group(1).strip()
        if _REFUSED.search(said):
            yield _denied("apply_patch" if "patch" in said else "shell", said, result.duration)
        else:
            yield Event(kind=EventKind.OTHER, seen=result.duration, name="tool error", text=said)
