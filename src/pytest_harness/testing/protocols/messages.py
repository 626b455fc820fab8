"""The Anthropic Messages protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from pytest_harness.testing.protocols.base import (
    Asked,
    AtPaths,
    Counting,
    Json,
    Message,
    Reply,
    Role,
    Wire,
    Wish,
    event,
    in_pieces,
    mapping,
    message,
    objects,
    text_of,
)
from pytest_harness.testing.tokens import Tokens
from pytest_harness.testing.tools import CLAUDE_TOOLS, Offered

ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}


class Messages(AtPaths, Counting):
    """``POST /v1/messages``, as Claude Code asks."""

    wire: ClassVar[Wire] = Wire.MESSAGES
    usual: ClassVar[tuple[Offered, ...]] = CLAUDE_TOOLS
    paths: ClassVar[frozenset[str]] = frozenset({"/v1/messages", "/messages"})

    def wish(self, asked: Asked) -> Wish | None:
        """Take ``/v1/messages/count_tokens`` as well."""
        if asked.path.removeprefix("/v1") == "/messages/count_tokens":
            return Wish.COUNT
        return super().wish(asked)

    def session(self, asked: Asked) -> str | None:
        """Return the user's id of the metadata, which names the session as well."""
        user = mapping(asked.body.get("metadata")).get("user_id")
        return user if isinstance(user, str) else None

    def messages(self, asked: Asked) -> tuple[Message, ...]:
        """Read ``system`` and ``messages``, block by block."""
        found = [Message(Role.SYSTEM, text_of(asked.body.get("system")))]
        for each in objects(asked.body.get("messages")):
            role = ROLES.get(str(each.get("role")), Role.SYSTEM)
            content = each.get("content")
            if isinstance(content, str):
                content = [{"type": "text", "text": content}]
            found += [_message(role, block) for block in objects(content)]
        return tuple(found)

    def offered(self, asked: Asked) -> tuple[Offered, ...]:
        """Read ``tools``."""
        return tuple(
            Offered(
                str(tool.get("name")),
                mapping(mapping(tool.get("input_schema")).get("properties")),
            )
            for tool in objects(asked.body.get("tools"))
        )

    def whole(self, reply: Reply) -> Json:
        """Write a ``message``."""
        return {
            **_start(reply),
            "content": _blocks(reply),
            "stop_reason": _reason(reply),
            "usage": _usage(reply.tokens),
        }

    def stream(self, reply: Reply, *, complete: bool) -> Iterator[bytes]:
        """Write the events of a message."""
        usage = _usage(reply.tokens) | {"output_tokens": 1}
        yield _frame("message_start", message=_start(reply) | {"usage": usage})
        for at, block in enumerate(_blocks(reply)):
            empty, deltas = _deltas(block)
            yield _frame("content_block_start", index=at, content_block=empty)
            for delta in deltas:
                yield _frame("content_block_delta", index=at, delta=delta)
            yield _frame("content_block_stop", index=at)
        if complete:
            ending = {"stop_reason": _reason(reply), "stop_sequence": None}
            used = {"output_tokens": reply.tokens.output}
            yield _frame("message_delta", delta=ending, usage=used)
            yield _frame("message_stop")

    def error(self, code: int, message: str) -> Json:
        """Write Anthropic's error."""
        kind = ERRORS.get(code, "api_error")
        return {"type": "error", "error": {"type": kind, "message": message}}

    def count(self, tokens: Tokens) -> Json:
        """Count as many tokens as every answer reports."""
        return {"input_tokens": tokens.input}


def _message(role: Role, block: Json) -> Message:
    """Read one block of a message."""
    if block.get("type") == "tool_result":
        return Message(Role.TOOL, text_of(block.get("content")))
    return message(role, text_of(block.get("text")))


def _start(reply: Reply) -> Json:
    return {
        "id": f"msg_{reply.position}",
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _blocks(reply: Reply) -> list[Json]:
    """Write everything that is said and called."""
    blocks: list[Json] = [
        {"type": "thinking", "thinking": text, "signature": "scripted"} for text in reply.thinks
    ]
    blocks += [{"type": "text", "text": text} for text in reply.says]
    for at, call in enumerate(reply.calls):
        name = f"toolu_{reply.call_name(at)}"
        given = dict(call.arguments)
        blocks.append({"type": "tool_use", "id": name, "name": call.name, "input": given})
    return blocks


def _deltas(block: Json) -> tuple[Json, list[Json]]:
    """Return a block as it begins, and what is added to it."""
    if block["type"] == "thinking":
        return block | {"thinking": "", "signature": ""}, [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": block["text"]}]
    pieces = in_pieces(json.dumps(block["input"]))
    added = [{"type": "input_json_delta", "partial_json": each} for each in pieces]
    return block | {"input": {}}, added


def _reason(reply: Reply) -> str:
    if reply.cut_short:
        return "max_tokens"
    return "tool_use" if reply.calls else "end_turn"


def _usage(tokens: Tokens) -> Json:
    return {
        "input_tokens": tokens.uncached,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cached,
        "output_tokens": tokens.output,
    }


def _frame(kind: str, **fields: object) -> bytes:
    return event({"type": kind, **fields}, kind)
