"""The OpenAI Responses protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from pytest_harness.testing.protocols.base import (
    Asked,
    Json,
    Message,
    Reply,
    Role,
    Wire,
    event,
    in_pieces,
    mapping,
    message,
    objects,
    text_of,
)
from pytest_harness.testing.protocols.openai import OpenAI
from pytest_harness.testing.tools import CODEX_TOOLS, Offered, ToolCall

RESULTS = frozenset({"function_call_output", "custom_tool_call_output", "local_shell_call_output"})
SEALED = "reasoning.encrypted_content"
"""How a program asks for reasoning that it can send back."""
ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}


class Responses(OpenAI):
    """``POST /v1/responses``, as Codex asks."""

    wire: ClassVar[Wire] = Wire.RESPONSES
    usual: ClassVar[tuple[Offered, ...]] = CODEX_TOOLS
    paths: ClassVar[frozenset[str]] = frozenset({"/v1/responses", "/responses"})

    def session(self, asked: Asked) -> str | None:
        """Return the key of the prompt's cache."""
        key = asked.body.get("prompt_cache_key")
        return key if isinstance(key, str) else None

    def messages(self, asked: Asked) -> tuple[Message, ...]:
        """Read ``instructions`` and the items of ``input``."""
        found: list[Message] = []
        if asked.body.get("instructions"):
            found.append(Message(Role.SYSTEM, text_of(asked.body["instructions"])))
        given = asked.body.get("input")
        if isinstance(given, str):
            return (*found, Message(Role.USER, given))
        for item in objects(given):
            kind = item.get("type", "message")
            if kind in RESULTS:
                found.append(Message(Role.TOOL, text_of(item.get("output"))))
            elif kind == "message":
                role = ROLES.get(str(item.get("role")), Role.SYSTEM)
                found.append(message(role, text_of(item.get("content"))))
            else:
                found.append(Message(Role.ASSISTANT, ""))
        return tuple(found)

    def offered(self, asked: Asked) -> tuple[Offered, ...]:
        """Read ``tools``, those in a namespace as well."""
        return tuple(
            Offered(
                str(tool.get("name") or tool.get("type")),
                mapping(mapping(tool.get("parameters")).get("properties")),
                freeform=tool.get("type") == "custom",
            )
            for tool in objects(asked.body.get("tools"))
        )

    def whole(self, reply: Reply) -> Json:
        """Write a ``response``."""
        at = reply.position
        tokens = reply.tokens
        sealed = SEALED in (reply.asked.body.get("include") or ())
        items = [
            _reasoning(text, f"rs_{at}_{n}", sealed=sealed) for n, text in enumerate(reply.thinks)
        ]
        items += [_message(text, f"msg_{at}_{n}") for n, text in enumerate(reply.says)]
        items += [_call(call, reply.call_name(n)) for n, call in enumerate(reply.calls)]
        cached = {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.cache_write}
        document = {
            "id": f"resp_{at}",
            "object": "response",
            "created_at": 0,
            "status": "incomplete" if reply.cut_short else "completed",
            "model": reply.model,
            "output": items,
            "usage": {
                "input_tokens": tokens.input,
                "input_tokens_details": cached,
                "output_tokens": tokens.output,
                "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
                "total_tokens": tokens.input + tokens.output,
            },
        }
        if reply.cut_short:
            document["incomplete_details"] = {"reason": "max_output_tokens"}
        return document

    def stream(self, reply: Reply, *, complete: bool) -> Iterator[bytes]:
        """Write the events of a response."""
        whole = self.whole(reply)
        started = whole | {"status": "in_progress", "output": [], "usage": None}
        yield _frame("response.created", response=started)
        for at, item in enumerate(whole["output"]):
            place = {"output_index": at, "item_id": item["id"]}
            begun, inside = _inside(item, place)
            yield _frame("response.output_item.added", output_index=at, item=begun)
            yield from inside
            yield _frame("response.output_item.done", output_index=at, item=item)
        if complete:
            yield _frame(f"response.{whole['status']}", response=whole)


def _inside(item: Json, place: Json) -> tuple[Json, list[bytes]]:
    """Return an item as it begins, and the events between its beginning and its end."""
    match item["type"]:
        case "message":
            part, inside = item["content"][0], place | {"content_index": 0}
            return item, _text_events("content_part", "output_text", part, inside)
        case "reasoning":
            part, inside = item["summary"][0], place | {"summary_index": 0}
            events = _text_events("reasoning_summary_part", "reasoning_summary_text", part, inside)
            return item | {"summary": []}, events
        case "function_call":
            kind = "response.function_call_arguments"
            text = item["arguments"]
            events = [_frame(f"{kind}.delta", **place, delta=each) for each in in_pieces(text)]
            events.append(_frame(f"{kind}.done", **place, arguments=text))
            return item | {"arguments": "", "status": "in_progress"}, events
    return item, []


def _text_events(outer: str, inner: str, part: Json, inside: Json) -> list[bytes]:
    """Write the events of a part that holds a text."""
    empty = part | {"text": ""}
    return [
        _frame(f"response.{outer}.added", **inside, part=empty),
        _frame(f"response.{inner}.delta", **inside, delta=part["text"]),
        _frame(f"response.{inner}.done", **inside, text=part["text"]),
        _frame(f"response.{outer}.done", **inside, part=part),
    ]


def _frame(kind: str, **fields: object) -> bytes:
    return event({"type": kind, **fields}, kind)


def _message(text: str, name: str) -> Json:
    """Write what the model says."""
    return {
        "type": "message",
        "id": name,
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }


def _reasoning(text: str, name: str, *, sealed: bool) -> Json:
    """Write what the model thinks, with what only the vendor can read where that is asked for."""
    item: Json = {
        "type": "reasoning",
        "id": name,
        "summary": [{"type": "summary_text", "text": text}],
    }
    return item | {"encrypted_content": f"sealed {name}"} if sealed else item


def _call(call: ToolCall, name: str) -> Json:
    """Write a call of a tool."""
    names = {"id": f"item_{name}", "call_id": name, "status": "completed", "name": call.name}
    if call.text is not None:
        return {"type": "custom_tool_call", **names, "input": call.text}
    return {"type": "function_call", **names, "arguments": json.dumps(dict(call.arguments))}
