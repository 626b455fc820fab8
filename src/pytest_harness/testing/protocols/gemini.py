"""The protocol of Google's Gemini."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import ClassVar

from pytest_harness.testing.protocols.base import (
    Asked,
    Counting,
    Json,
    Message,
    Protocol,
    Reply,
    Role,
    Wire,
    Wish,
    event,
    mapping,
    message,
    objects,
    text_of,
)
from pytest_harness.testing.tokens import Tokens
from pytest_harness.testing.tools import GEMINI_TOOLS, Offered

STATES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_PATH = re.compile(r"^(?:/v1beta|/v1alpha|/v1)?/models/([^:]+):(\w+)$")


class Gemini(Protocol, Counting):
    """``POST /v1beta/models/MODEL:streamGenerateContent``, as Gemini CLI asks."""

    wire: ClassVar[Wire] = Wire.GEMINI
    usual: ClassVar[tuple[Offered, ...]] = GEMINI_TOOLS

    def wish(self, asked: Asked) -> Wish | None:
        """Take the three methods of a model.

        A question without tools that must be answered in JSON chooses the model for the turns.
        """
        match _method(asked):
            case "countTokens":
                return Wish.COUNT
            case "streamGenerateContent":
                return Wish.TURN
            case "generateContent":
                wants_json = _config(asked).get("responseMimeType") == "application/json"
                return Wish.SIDE if wants_json and not self.offered(asked) else Wish.TURN
        return None

    def streams(self, asked: Asked) -> bool:
        """Whether the method is the streaming one."""
        return _method(asked) == "streamGenerateContent"

    def model(self, asked: Asked) -> str | None:
        """Read the model from the path."""
        found = _PATH.match(asked.path)
        return found.group(1) if found else None

    def messages(self, asked: Asked) -> tuple[Message, ...]:
        """Read ``systemInstruction`` and ``contents``, part by part."""
        instruction = mapping(asked.body.get("systemInstruction"))
        found = [Message(Role.SYSTEM, text_of(instruction.get("parts")))]
        for content in objects(asked.body.get("contents")):
            role = Role.ASSISTANT if content.get("role") == "model" else Role.USER
            for part in objects(content.get("parts")):
                answered = part.get("functionResponse")
                if isinstance(answered, dict):
                    found.append(Message(Role.TOOL, _result(answered)))
                else:
                    found.append(message(role, text_of(part.get("text"))))
        return tuple(found)

    def offered(self, asked: Asked) -> tuple[Offered, ...]:
        """Read the declarations of functions."""
        return tuple(
            Offered(str(each.get("name")), _arguments(each))
            for tool in objects(asked.body.get("tools"))
            for each in objects(tool.get("functionDeclarations"))
        )

    def side(self, asked: Asked) -> str:
        """Answer in the JSON that the question describes."""
        config = _config(asked)
        schema = config.get("responseJsonSchema") or config.get("responseSchema")
        return json.dumps(_plausible(mapping(schema)))

    def whole(self, reply: Reply) -> Json:
        """Write one response with all parts."""
        return _response(reply, _parts(reply), last=True)

    def stream(self, reply: Reply, *, complete: bool) -> Iterator[bytes]:
        """Write one response for each part; the last one tells why it ends."""
        pieces = [[part] for part in _parts(reply)] or [[]]
        for at, piece in enumerate(pieces, 1):
            yield event(_response(reply, piece, last=complete and at == len(pieces)))

    def error(self, code: int, message: str) -> Json:
        """Write Google's error."""
        status = STATES.get(code, "UNKNOWN")
        return {"error": {"code": code, "message": message, "status": status}}

    def count(self, tokens: Tokens) -> Json:
        """Count as many tokens as every answer reports."""
        return {"totalTokens": tokens.input}


def _method(asked: Asked) -> str:
    found = _PATH.match(asked.path)
    return found.group(2) if found else ""


def _config(asked: Asked) -> Json:
    return mapping(asked.body.get("generationConfig"))


def _arguments(function: Json) -> Json:
    # Google takes either spelling, and its own library sends the second.
    names = ("parametersJsonSchema", "parameters_json_schema", "parameters")
    schema = next((function[name] for name in names if function.get(name)), None)
    return mapping(mapping(schema).get("properties"))


def _result(answered: Json) -> str:
    """Return the result of a tool as text."""
    response = mapping(answered.get("response"))
    return text_of(response.get("output", response.get("error", response)))


def _parts(reply: Reply) -> list[Json]:
    """Write everything that is said and called."""
    parts: list[Json] = [{"text": text, "thought": True} for text in reply.thinks]
    parts += [{"text": text} for text in reply.says]
    parts += [
        {"functionCall": {"name": call.name, "args": dict(call.arguments)}} for call in reply.calls
    ]
    return parts


def _response(reply: Reply, parts: list[Json], *, last: bool) -> Json:
    candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last:
        candidate["finishReason"] = "MAX_TOKENS" if reply.cut_short else "STOP"
    tokens = reply.tokens
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": tokens.input,
            "cachedContentTokenCount": tokens.cached,
            "candidatesTokenCount": tokens.output - tokens.reasoning,
            "thoughtsTokenCount": tokens.reasoning,
            "totalTokenCount": tokens.input + tokens.output,
        },
        "modelVersion": reply.model,
        "responseId": f"resp_{reply.position}",
    }


def _plausible(schema: Json) -> object:
    """Make a value that a schema allows."""
    if schema.get("enum"):
        return schema["enum"][0]
    match str(schema.get("type", "object")).lower():
        case "string":
            return "scripted"
        case "integer" | "number":
            return 10
        case "boolean":
            return False
        case "array":
            return []
    inner = mapping(schema.get("properties"))
    return {name: _plausible(mapping(each)) for name, each in inner.items()}
