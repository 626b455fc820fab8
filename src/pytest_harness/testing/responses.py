"""The OpenAI Responses protocol: reading a request, and writing an answer as a stream."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_harness.testing.script import Answer, Call, RunCommand, WriteFile

Json = dict[str, Any]

COMMAND_TOOLS: Mapping[str, str] = {
    "exec_command": "cmd",
    "shell_command": "command",
    "run_command": "command",
    "bash": "command",
}
"""Tools that run a command line, and the argument that takes it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The usage that every answer reports."""

    input: int = 100
    """All input tokens."""
    cached: int = 10
    """Those of them that came from a cache."""
    output: int = 20
    """All output tokens."""
    reasoning: int = 5
    """Those of them that were reasoning."""


def conversation(body: Json, headers: Mapping[str, str]) -> str:
    """Return what tells one conversation from another."""
    for name in ("thread-id", "session-id", "session_id", "conversation_id"):
        if headers.get(name):
            return headers[name]
    key = body.get("prompt_cache_key")
    if isinstance(key, str) and key:
        return key
    opening: list[object] = []
    for item in _items(body):
        if item.get("type", "message") != "message" or item.get("role") == "assistant":
            break
        opening.append(item)
    text = json.dumps([body.get("model"), body.get("instructions"), opening], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def results(body: Json) -> tuple[str, ...]:
    """Return the results of tools that a request brings, in order."""
    kinds = ("function_call_output", "custom_tool_call_output", "local_shell_call_output")
    return tuple(_text(item.get("output")) for item in _items(body) if item.get("type") in kinds)


def prompt(body: Json) -> str:
    """Return the last thing that the user said."""
    for item in reversed(_items(body)):
        if item.get("role") == "user":
            return _text(item.get("content"))
    return ""


def offered(body: Json) -> tuple[str, ...]:
    """Return the names of the tools that a request offers."""
    tools = body.get("tools")
    if not isinstance(tools, list):
        return ()
    return tuple(str(t.get("name") or t.get("type")) for t in tools if isinstance(t, dict))


def response(body: Json, answer: Answer, position: int, tokens: Tokens) -> Json:
    """Return the whole answer as one object."""
    items = [_message(text, f"msg_{position}_{at}") for at, text in enumerate(answer.says)]
    if isinstance(answer.ending, Call):
        items.append(_call(body, answer.ending, position))
    return {
        "id": f"resp_{position}",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": body.get("model"),
        "output": items,
        "usage": {
            "input_tokens": tokens.input,
            "input_tokens_details": {"cached_tokens": tokens.cached},
            "output_tokens": tokens.output,
            "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
            "total_tokens": tokens.input + tokens.output,
        },
    }


def stream(whole: Json, *, complete: bool = True) -> Iterator[bytes]:
    """Yield the answer event by event; without its last event if it is not to be ``complete``."""
    started = whole | {"status": "in_progress", "output": [], "usage": None}
    yield _frame({"type": "response.created", "response": started})
    for at, item in enumerate(whole["output"]):
        where = {"output_index": at, "item_id": item["id"]}
        yield _frame({"type": "response.output_item.added", "output_index": at, "item": item})
        if item["type"] == "message":
            part = item["content"][0]
            inside = where | {"content_index": 0}
            empty = part | {"text": ""}
            yield _frame({"type": "response.content_part.added", **inside, "part": empty})
            yield _frame({"type": "response.output_text.delta", **inside, "delta": part["text"]})
            yield _frame({"type": "response.output_text.done", **inside, "text": part["text"]})
            yield _frame({"type": "response.content_part.done", **inside, "part": part})
        yield _frame({"type": "response.output_item.done", "output_index": at, "item": item})
    if complete:
        yield _frame({"type": "response.completed", "response": whole})


def _frame(event: Json) -> bytes:
    """Write one event of a stream."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _message(text: str, name: str) -> Json:
    """Write what the model says."""
    return {
        "type": "message",
        "id": name,
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }


def _call(body: Json, call: Call, position: int) -> Json:
    """Write a call with one of the tools that the request offers."""
    tools = offered(body)
    names = {"id": f"item_{position}", "call_id": f"call_{position}", "status": "completed"}
    if isinstance(call, WriteFile):
        if "apply_patch" in tools and call.text.endswith("\n"):
            return {
                "type": "custom_tool_call",
                **names,
                "name": "apply_patch",
                "input": _patch(call),
            }
        call = RunCommand(_write_command(call))
    tool = next((name for name in COMMAND_TOOLS if name in tools), "exec_command")
    arguments = json.dumps({COMMAND_TOOLS[tool]: call.command})
    return {"type": "function_call", **names, "name": tool, "arguments": arguments}


def _patch(call: WriteFile) -> str:
    """Write a whole file in the grammar of ``apply_patch``."""
    lines = "".join(f"+{line}\n" for line in call.text[:-1].split("\n"))
    return f"*** Begin Patch\n*** Add File: {call.path}\n{lines}*** End Patch\n"


def _write_command(call: WriteFile) -> str:
    """Write a whole file with a shell."""
    path = shlex.quote(call.path)
    return f'mkdir -p -- "$(dirname -- {path})" && printf %s {shlex.quote(call.text)} > {path}'


def _items(body: Json) -> list[Json]:
    """Return the items of a request's input."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    if not isinstance(given, list):
        return []
    return [item for item in given if isinstance(item, dict)]


def _text(content: object) -> str:
    """Return the text of a message's content or of a tool's output."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text", "")) for part in content if isinstance(part, dict))
    return "" if content is None else json.dumps(content)
