"""What Codex tells of its items: calls of tools, messages, usage."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass

from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import Json, count, not_understood, rest, text_of
from pytest_harness.records import Usage

_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_PLAIN = re.compile(r"(?:/[\w/]*/)?(?:bash|sh|zsh|dash) -l?c '([^']*)'", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call of a tool."""

    name: str
    text: str = ""
    work: Work = Work.OTHER
    arguments: object = None
    paths: tuple[str, ...] = ()


def item_event(item: Json, *, ended: bool, seen: float, raw: bytes) -> Event:
    """Read one item that began or ``ended``; its keys are written as ``codex exec`` does."""
    kind = text_of(item.get("type"))
    if kind in {"agent_message", "assistant_message"} and ended:
        return Event(kind=EventKind.MESSAGE, seen=seen, text=text_of(item.get("text")), raw=raw)
    if kind == "reasoning" and ended:
        return Event(kind=EventKind.REASONING, seen=seen, text=_thought(item), raw=raw)
    if kind == "error":
        return Event(kind=EventKind.NOTICE, seen=seen, text=message_of(item), raw=raw)
    call = _call(kind, item)
    if call is None:
        return not_understood(raw, seen, kind or "item")
    exit_code = item.get("exit_code")
    return Event(
        kind=EventKind.CALL_ENDED if ended else EventKind.CALL_STARTED,
        seen=seen,
        name=call.name,
        text=call.text,
        call=text_of(item.get("id")),
        work=call.work,
        arguments="" if call.arguments is None else json.dumps(call.arguments, ensure_ascii=False),
        paths=call.paths,
        exit=exit_code if ended and isinstance(exit_code, int) else None,
        failed=ended and item.get("status") in ("failed", "declined"),
        output=_output(item) if ended else "",
        raw=raw,
    )


def flat(item: object) -> Json:
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


def usage_of(found: object) -> Usage | None:
    """Split what Codex counts: its input holds the cached part, its output the reasoning."""
    if not isinstance(found, dict):
        return None
    total_input = count(found.get("input_tokens"))
    cached = count(found.get("cached_input_tokens"))
    written = count(found.get("cache_write_input_tokens"))
    total_output = count(found.get("output_tokens"))
    reasoning = count(found.get("reasoning_output_tokens"))
    return Usage(
        input=rest(total_input, cached, written),
        cached_input=cached,
        cache_write=written,
        output=rest(total_output, reasoning),
        reasoning=reasoning,
    )


def message_of(value: object) -> str:
    """Return the message of an error."""
    if isinstance(value, dict):
        return text_of(value.get("message")) or json.dumps(value, ensure_ascii=False)
    return text_of(value)


def _call(kind: str, item: Json) -> _Call | None:
    """Return what was called; ``None`` for an item that is no call."""
    match kind:
        case "command_execution":
            command = _command(text_of(item.get("command")))
            told = {"command": command}
            return _Call(name="shell", text=command, work=Work.COMMAND, arguments=told)
        case "file_change":
            changes = item.get("changes")
            listed = changes if isinstance(changes, list) else []
            paths = [text_of(each.get("path")) for each in listed if isinstance(each, dict)]
            named = tuple(path for path in paths if path)
            return _Call(name="edit", work=Work.EDIT, arguments={"changes": listed}, paths=named)
        case "mcp_tool_call":
            tool = f"{text_of(item.get('server'))}.{text_of(item.get('tool'))}"
            given = item.get("arguments")
            return _Call(name=tool, text=text_of(given), arguments=given)
        case "web_search":
            query = text_of(item.get("query"))
            return _Call(name="web_search", text=query, arguments={"query": query})
        case "image_view":
            path = text_of(item.get("path"))
            return _Call(name="view_image", text=path, work=Work.READ, paths=(path,))
        case _:
            return None


def _command(text: str) -> str:
    """Return the command without the shell that Codex wraps it in."""
    if plain := _PLAIN.fullmatch(text):
        return plain.group(1)
    try:
        words = shlex.split(text)
    except ValueError:
        return text
    wrapped = len(words) == 3 and words[1] in {"-lc", "-c"}
    return words[2] if wrapped and words[0].rpartition("/")[2] in _SHELLS else text


def _output(item: Json) -> str:
    """Return what a call printed, or why it failed."""
    printed = text_of(item.get("aggregated_output"))
    return printed or (message_of(item["error"]) if item.get("error") else "")


def _thought(item: Json) -> str:
    """Return a reasoning text; the server writes it as lists."""
    if isinstance(text := item.get("text"), str):
        return text
    parts = item.get("content") or item.get("summary")
    return "\n".join(map(text_of, parts)) if isinstance(parts, list) else text_of(parts)
