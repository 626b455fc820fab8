"""Reading what ``codex exec --json`` prints."""

from __future__ import annotations

import json
import shlex
from typing import Any

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.records import Usage

Json = dict[str, Any]

_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})


def parse(line: bytes, seen: float) -> Event:
    """Read one line; one that is no event becomes an event of the kind ``text``."""
    try:
        document = json.loads(line)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        text = line.decode("utf-8", "backslashreplace")
        return Event(kind=EventKind.TEXT, seen=seen, text=text, raw=line)
    kind = document["type"]
    match kind:
        case "thread.started":
            thread = _text(document.get("thread_id"))
            return Event(kind=EventKind.SESSION, seen=seen, text=thread, raw=line)
        case "turn.started":
            return Event(kind=EventKind.TURN, seen=seen, raw=line)
        case "turn.completed":
            usage = _usage(document.get("usage"))
            return Event(kind=EventKind.COMPLETED, seen=seen, usage=usage, raw=line)
        case "turn.failed":
            text = _message(document.get("error"))
            return Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line)
        case "error":
            return Event(kind=EventKind.NOTICE, seen=seen, text=_message(document), raw=line)
        case "item.started" | "item.completed":
            return _item(document, seen, line)
        case _:
            return Event(kind=EventKind.OTHER, seen=seen, name=kind, raw=line)


def _item(document: Json, seen: float, line: bytes) -> Event:
    """Read an event about one item."""
    item = _flat(document.get("item"))
    kind = _text(item.get("type"))
    ended = document["type"] == "item.completed"
    if kind in {"agent_message", "assistant_message"} and ended:
        return Event(kind=EventKind.MESSAGE, seen=seen, text=_text(item.get("text")), raw=line)
    if kind == "reasoning" and ended:
        return Event(kind=EventKind.REASONING, seen=seen, text=_text(item.get("text")), raw=line)
    if kind == "error":
        return Event(kind=EventKind.NOTICE, seen=seen, text=_message(item), raw=line)
    called = _called(kind, item)
    if called is None:
        return Event(kind=EventKind.OTHER, seen=seen, name=kind or document["type"], raw=line)
    name, text, paths = called
    exit_code = item.get("exit_code")
    return Event(
        kind=EventKind.CALL_ENDED if ended else EventKind.CALL_STARTED,
        seen=seen,
        name=name,
        text=text,
        call=_text(item.get("id")),
        paths=paths,
        exit=exit_code if ended and isinstance(exit_code, int) else None,
        failed=ended and item.get("status") in ("failed", "declined"),
        output=_text(item.get("aggregated_output")) if ended else "",
        raw=line,
    )


def _called(kind: str, item: Json) -> tuple[str, str, tuple[str, ...]] | None:
    """Return name, text and paths of a call; ``None`` for an item that is no call."""
    match kind:
        case "command_execution":
            return "shell", _command(_text(item.get("command"))), ()
        case "file_change":
            changes = item.get("changes")
            listed = changes if isinstance(changes, list) else []
            paths = [_text(each.get("path")) for each in listed if isinstance(each, dict)]
            return "edit", "", tuple(path for path in paths if path)
        case "mcp_tool_call":
            tool = f"{_text(item.get('server'))}.{_text(item.get('tool'))}"
            return tool, json.dumps(item.get("arguments"), ensure_ascii=False), ()
        case "web_search":
            return "web_search", _text(item.get("query")), ()
        case _:
            return None


def _flat(item: object) -> Json:
    """Return an item as the current version writes it.

    Older versions wrote ``item_type`` for ``type``, or put all but the id into ``details``.
    """
    if not isinstance(item, dict):
        return {}
    details = item.get("details")
    if isinstance(details, dict):
        item = {**{key: value for key, value in item.items() if key != "details"}, **details}
    if "type" not in item and "item_type" in item:
        item = {**item, "type": item["item_type"]}
    return item


def _command(text: str) -> str:
    """Return the command without the shell that Codex wraps it in."""
    try:
        words = shlex.split(text)
    except ValueError:
        return text
    wrapped = len(words) == 3 and words[1] in {"-lc", "-c"}
    return words[2] if wrapped and words[0].rpartition("/")[2] in _SHELLS else text


def _usage(document: object) -> Usage | None:
    """Split what Codex counts: its input holds the cached part, its output the reasoning."""
    if not isinstance(document, dict):
        return None
    total_input = _count(document.get("input_tokens"))
    cached = _count(document.get("cached_input_tokens"))
    written = _count(document.get("cache_write_input_tokens"))
    total_output = _count(document.get("output_tokens"))
    reasoning = _count(document.get("reasoning_output_tokens"))
    return Usage(
        input=_rest(total_input, cached, written),
        cached_input=cached,
        cache_write=written,
        output=_rest(total_output, reasoning),
        reasoning=reasoning,
    )


def _rest(total: int | None, *parts: int | None) -> int | None:
    """Subtract the known parts from a total."""
    return None if total is None else max(0, total - sum(part or 0 for part in parts))


def _count(value: object) -> int | None:
    """Return a number of tokens, if it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _message(value: object) -> str:
    """Return the message of an error."""
    if isinstance(value, dict):
        return _text(value.get("message")) or json.dumps(value, ensure_ascii=False)
    return _text(value)


def _text(value: object) -> str:
    """Return a value as text; nothing for nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
