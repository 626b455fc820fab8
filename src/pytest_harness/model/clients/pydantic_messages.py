"""A conversation in pydantic-ai's words, and its answers in ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic_ai import messages as theirs
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import RequestUsage

from pytest_harness.model.client import BrokenCall
from pytest_harness.model.clients.calls import read_arguments
from pytest_harness.model.clients.mending import tokens, whole, whole_json
from pytest_harness.model.conversation import Call, Given, Message, Said, ToolSpec, Words
from pytest_harness.model.vendors import Protocol
from pytest_harness.records import Usage
from pytest_harness.vocabulary import Role

MARKED = frozenset({Protocol.MESSAGES, Protocol.GEMINI})
"""Protocols with a mark of their own for calls that failed."""


def parameters(tools: Sequence[ToolSpec]) -> ModelRequestParameters:
    """Return the tools as a request offers them, their schemas unchanged."""
    return ModelRequestParameters(
        function_tools=[
            ToolDefinition(
                name=tool.name,
                description=tool.description,
                parameters_json_schema=dict(tool.parameters),
                strict=False,
            )
            for tool in tools
        ],
        allow_text_output=True,
    )


def written(messages: Sequence[Message], protocol: Protocol) -> list[theirs.ModelMessage]:
    """Write a conversation as a protocol wants it."""
    found: list[theirs.ModelMessage] = []
    parts: list[theirs.ModelRequestPart] = []
    open_calls: set[str] = set()
    for message in messages:
        if isinstance(message, Said):
            response = _response(message)
            if not response.parts:
                continue
            if parts:
                found.append(theirs.ModelRequest(parts=parts))
            parts = []
            found.append(response)
            open_calls = {call.tool_call_id for call in response.tool_calls}
        elif isinstance(message, Words):
            said = whole(message.text)
            system = message.role is Role.SYSTEM
            parts.append(
                theirs.SystemPromptPart(said) if system else theirs.UserPromptPart(content=said)
            )
        else:
            parts.append(_given(message, open_calls, protocol))
    if parts:
        found.append(theirs.ModelRequest(parts=parts))
    return found


def _response(said: Said) -> theirs.ModelResponse:
    """Return what the vendor sent, or what we know of it."""
    if isinstance(said.native, theirs.ModelResponse):
        return said.native
    parts: list[theirs.ModelResponsePart] = []
    if said.text:
        parts.append(theirs.TextPart(said.text))
    parts += [
        theirs.ToolCallPart(call.name, dict(call.arguments), tool_call_id=call.id)
        for call in said.calls
    ]
    return theirs.ModelResponse(parts=parts)


def _given(given: Given, open_calls: set[str], protocol: Protocol) -> theirs.ModelRequestPart:
    call, text = given.call, whole(given.text)
    if call.id not in open_calls:
        # A vendor refuses results of calls that it does not find in its own answer.
        return theirs.UserPromptPart(f"{call.name}: {text}" if call.name else text)
    failed = given.failed and protocol in MARKED
    # Gemini takes objects; "output" is what its own description names.
    plain = failed or protocol is not Protocol.GEMINI
    return theirs.ToolReturnPart(
        tool_name=call.name,
        content=text if plain else {"output": text},
        tool_call_id=call.id,
        outcome="failed" if failed else "success",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An answer in our words."""

    text: str
    """What is said."""
    reasoning: str
    """What is thought."""
    calls: tuple[Call, ...]
    """Calls that can be read."""
    broken: tuple[BrokenCall, ...]
    """Calls that cannot."""
    native: theirs.ModelResponse
    """The answer with unique names of its calls."""


def read(response: theirs.ModelResponse, before: Sequence[Message]) -> Read:
    """Read an answer; its calls get new names where a vendor uses one twice in a conversation."""
    used = {call.id for said in before if isinstance(said, Said) for call in said.calls}
    parts: list[theirs.ModelResponsePart] = []
    calls: list[Call] = []
    broken: list[BrokenCall] = []
    for part in response.parts:
        if isinstance(part, theirs.TextPart | theirs.ThinkingPart):
            parts.append(replace(part, content=whole(part.content)))
            continue
        if not isinstance(part, theirs.ToolCallPart):
            parts.append(part)
            continue
        call = cast(theirs.ToolCallPart, part)
        name = whole(call.tool_call_id)
        if not name or name in used:
            name = f"call_{uuid.uuid4().hex}"
        used.add(name)
        tool = whole(call.tool_name)
        written = call.args if isinstance(call.args, str) else json.dumps(call.args or {})
        made = read_arguments(tool, written, name)
        args = _sendable(call.args, made)
        parts.append(replace(call, tool_name=tool, tool_call_id=name, args=args))
        if isinstance(made, Call):
            calls.append(made)
        else:
            broken.append(made)
    return Read(
        text="".join(part.content for part in parts if isinstance(part, theirs.TextPart)),
        reasoning="".join(part.content for part in parts if isinstance(part, theirs.ThinkingPart)),
        calls=tuple(calls),
        broken=tuple(broken),
        native=replace(response, parts=parts),
    )


def _sendable(args: object, made: Call | BrokenCall) -> Any:
    """Return the arguments of a call as they can be sent back."""
    if isinstance(made, Call):
        mended = whole_json(made.arguments)
        return args if mended == made.arguments else mended
    return whole(args) if isinstance(args, str) else whole_json(args)


def usage(told: RequestUsage) -> Usage:
    """Part tokens as records do; nothing is known where the vendor told none or nonsense."""
    given, made = tokens(told.input_tokens), tokens(told.output_tokens)
    if given is None or made is None or not (given or made):
        return Usage()
    named = told.details.get("reasoning_tokens") or told.details.get("thoughts_tokens")
    reasoning = min(tokens(told.output_reasoning_tokens or named) or 0, made)
    cached, kept = tokens(told.cache_read_tokens) or 0, tokens(told.cache_write_tokens) or 0
    return Usage(
        input=max(0, given - cached - kept),
        cached_input=cached,
        cache_write=kept,
        output=made - reasoning,
        reasoning=reasoning or None,
    )
