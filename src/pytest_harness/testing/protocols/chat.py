"""The OpenAI Chat Completions protocol."""

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
    objects,
    text_of,
)
from pytest_harness.testing.protocols.openai import OpenAI
from pytest_harness.testing.tools import PLAIN_TOOLS, Offered, ToolCall

ROLES = {
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
    "function": Role.TOOL,
}


class Chat(OpenAI):
    """``POST /v1/chat/completions``, as OpenCode, Pi and Copilot ask."""

    wire: ClassVar[Wire] = Wire.CHAT
    usual: ClassVar[tuple[Offered, ...]] = PLAIN_TOOLS
    paths: ClassVar[frozenset[str]] = frozenset({"/v1/chat/completions", "/chat/completions"})

    def messages(self, asked: Asked) -> tuple[Message, ...]:
        """Read ``messages``."""
        return tuple(
            Message(ROLES.get(str(each.get("role")), Role.SYSTEM), text_of(each.get("content")))
            for each in objects(asked.body.get("messages"))
        )

    def offered(self, asked: Asked) -> tuple[Offered, ...]:
        """Read ``tools``."""
        return tuple(_offered(tool) for tool in objects(asked.body.get("tools")))

    def whole(self, reply: Reply) -> Json:
        """Write a ``chat.completion``."""
        message: Json = {"role": "assistant", "content": "\n".join(reply.says) or None}
        if reply.thinks:
            message["reasoning_content"] = "\n".join(reply.thinks)
        if reply.calls:
            message["tool_calls"] = [
                _call(call, reply.call_name(at)) for at, call in enumerate(reply.calls)
            ]
        choice = {"index": 0, "message": message, "finish_reason": _reason(reply)}
        return {
            "id": f"chatcmpl-{reply.position}",
            "object": "chat.completion",
            "created": 0,
            "model": reply.model,
            "choices": [choice],
            "usage": _usage(reply),
        }

    def stream(self, reply: Reply, *, complete: bool) -> Iterator[bytes]:
        """Write the chunks of a completion."""
        yield _chunk(reply, {"role": "assistant", "content": ""})
        for text in reply.thinks:
            yield _chunk(reply, {"reasoning_content": text})
        for at, text in enumerate(reply.says):
            yield _chunk(reply, {"content": text if at == 0 else f"\n{text}"})
        for at, call in enumerate(reply.calls):
            for delta in _deltas(_call(call, reply.call_name(at))):
                yield _chunk(reply, {"tool_calls": [{"index": at, **delta}]})
        if complete:
            yield _chunk(reply, {}, _reason(reply))
            options = mapping(reply.asked.body.get("stream_options"))
            if options.get("include_usage"):
                yield event(_head(reply) | {"choices": [], "usage": _usage(reply)})
            yield b"data: [DONE]\n\n"


def _offered(tool: Json) -> Offered:
    """Read one tool, a function or a freeform one."""
    freeform = tool.get("type") == "custom"
    inner = mapping(tool.get("custom" if freeform else "function"))
    arguments = mapping(mapping(inner.get("parameters")).get("properties"))
    return Offered(str(inner.get("name") or tool.get("name")), arguments, freeform=freeform)


def _call(call: ToolCall, name: str) -> Json:
    """Write a call of a tool."""
    if call.text is not None:
        inner: Json = {"name": call.name, "input": call.text}
        return {"id": name, "type": "custom", "custom": inner}
    inner = {"name": call.name, "arguments": json.dumps(dict(call.arguments))}
    return {"id": name, "type": "function", "function": inner}


def _deltas(call: Json) -> list[Json]:
    """Part a call: its name first, then its arguments piece by piece; a freeform one is not."""
    if call["type"] == "custom":
        return [call]
    inner = call["function"]
    begun = call | {"function": inner | {"arguments": ""}}
    return [begun, *({"function": {"arguments": each}} for each in in_pieces(inner["arguments"]))]


def _reason(reply: Reply) -> str:
    if reply.cut_short:
        return "length"
    return "tool_calls" if reply.calls else "stop"


def _head(reply: Reply) -> Json:
    return {
        "id": f"chatcmpl-{reply.position}",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": reply.model,
    }


def _chunk(reply: Reply, delta: Json, reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return event(_head(reply) | {"choices": [choice]})


def _usage(reply: Reply) -> Json:
    tokens = reply.tokens
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {
            "cached_tokens": tokens.cached,
            "cache_write_tokens": tokens.cache_write,
        },
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }
