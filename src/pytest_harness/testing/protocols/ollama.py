"""The protocol of Ollama."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from pytest_harness.testing.protocols.base import (
    Asked,
    AtPaths,
    Json,
    Message,
    Reply,
    Role,
    Wire,
    mapping,
    objects,
    text_of,
)
from pytest_harness.testing.tools import PLAIN_TOOLS, Offered

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "tool": Role.TOOL}
WHEN = "2025-01-01T00:00:00Z"
MILLISECOND = 1_000_000


class Ollama(AtPaths):
    """``POST /api/chat`` and ``POST /api/generate``; a stream is one object a line."""

    wire: ClassVar[Wire] = Wire.OLLAMA
    usual: ClassVar[tuple[Offered, ...]] = PLAIN_TOOLS
    paths: ClassVar[frozenset[str]] = frozenset({"/api/chat", "/api/generate"})
    media: ClassVar[str] = "application/x-ndjson"
    garbage: ClassVar[bytes] = b'{"broken\n'

    def streams(self, asked: Asked) -> bool:
        """Whether a stream is wanted: always, unless the request says no."""
        return asked.body.get("stream") is not False

    def messages(self, asked: Asked) -> tuple[Message, ...]:
        """Read ``messages``, or ``system`` and ``prompt``."""
        if asked.path == "/api/generate":
            given = ((Role.SYSTEM, "system"), (Role.USER, "prompt"))
            return tuple(
                Message(role, text_of(asked.body[name]))
                for role, name in given
                if name in asked.body
            )
        return tuple(
            Message(ROLES.get(str(each.get("role")), Role.SYSTEM), text_of(each.get("content")))
            for each in objects(asked.body.get("messages"))
        )

    def offered(self, asked: Asked) -> tuple[Offered, ...]:
        """Read ``tools``."""
        functions = [mapping(tool.get("function")) for tool in objects(asked.body.get("tools"))]
        return tuple(
            Offered(
                str(each.get("name")), mapping(mapping(each.get("parameters")).get("properties"))
            )
            for each in functions
        )

    def whole(self, reply: Reply) -> Json:
        """Write one object that is done."""
        said = "\n".join(reply.says)
        calls = [
            {"function": {"name": each.name, "arguments": dict(each.arguments)}}
            for each in reply.calls
        ]
        return _piece(reply, said, "\n".join(reply.thinks), calls) | _done(reply)

    def stream(self, reply: Reply, *, complete: bool) -> Iterator[bytes]:
        """Write one object a line."""
        pieces = [_piece(reply, "", text, []) for text in reply.thinks]
        for at, text in enumerate(reply.says):
            pieces.append(_piece(reply, text if at == 0 else f"\n{text}", "", []))
        for call in reply.calls:
            function = {"name": call.name, "arguments": dict(call.arguments)}
            pieces.append(_piece(reply, "", "", [{"function": function}]))
        if complete:
            pieces.append(_piece(reply, "", "", []) | _done(reply))
        for piece in pieces:
            yield f"{json.dumps(piece)}\n".encode()

    def error(self, code: int, message: str) -> Json:  # noqa: ARG002 - the status says it
        """Write Ollama's error."""
        return {"error": message}


def _piece(reply: Reply, said: str, thought: str, calls: list[Json]) -> Json:
    """Write a part of an answer, in the form that the path asks for."""
    head: Json = {"model": reply.model, "created_at": WHEN, "done": False}
    if reply.asked.path == "/api/generate":
        return head | {"response": said} | ({"thinking": thought} if thought else {})
    message: Json = {"role": "assistant", "content": said}
    if thought:
        message["thinking"] = thought
    if calls:
        message["tool_calls"] = calls
    return head | {"message": message}


def _done(reply: Reply) -> Json:
    """Write what only the end of an answer tells."""
    return {
        "done": True,
        "done_reason": "length" if reply.cut_short else "stop",
        "total_duration": 3 * MILLISECOND,
        "load_duration": MILLISECOND,
        "prompt_eval_count": reply.tokens.input,
        "prompt_eval_duration": MILLISECOND,
        "eval_count": reply.tokens.output,
        "eval_duration": MILLISECOND,
    }
