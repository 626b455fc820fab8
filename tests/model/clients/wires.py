"""The five protocols, each with a vendor of it, and how its requests look when they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_harness.model.client import Client, ModelError, Reply
from pytest_harness.model.clients.making import make_client
from pytest_harness.model.conversation import (
    Given,
    Message,
    Question,
    Said,
    Sampling,
    ToolSpec,
    Words,
)
from pytest_harness.model.vendors import VENDORS, Vendor
from pytest_harness.testing import Request, Script, ScriptedModel, Step, Tokens, Wire
from pytest_harness.vocabulary import Role

Json = dict[str, Any]
KEY = "sk-this-is-secret"
LIMIT = 20.0
"""Seconds that no answer here takes."""
SCHEMA: Json = {
    "type": "object",
    "properties": {"path": {"type": "string", "description": "Which file."}},
    "required": ["path"],
}
READ_FILE = ToolSpec(name="read_file", description="Reads a file.", parameters=SCHEMA)
OPENING: tuple[Message, ...] = (
    Words(role=Role.SYSTEM, text="You help."),
    Words(role=Role.USER, text="Do it."),
)


def never() -> bool:
    """Say that the session goes on."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A protocol as a vendor speaks it."""

    wire: Wire
    """The protocol."""
    vendor: Vendor
    """The vendor."""
    model: str
    """A model of it whose price is known and that takes a temperature."""
    key_header: str
    """The header with its key."""
    sampled: Callable[[Json], Json]
    """What a request's body says of temperature, most tokens and seed."""
    seeded: bool
    """Whether it takes a seed."""
    tools: Callable[[Json], list[Json]]
    """Name, description and schema of the tools in a body."""
    path: str
    """Where requests arrive."""
    extra: frozenset[str] = frozenset()
    """Headers that belong to the protocol."""

    def environment(self, address: str) -> dict[str, str]:
        """Return the variables with address and key."""
        found = {self.vendor.base_variable: address}
        return found | dict.fromkeys(self.vendor.keys[:1], KEY)

    def client(self, address: str) -> Client:
        """Make its client for an address."""
        return make_client(self.vendor, self.model, self.environment(address))


def _openai_tools(body: Json) -> list[Json]:
    functions = [each["function"] for each in body.get("tools", ())]
    return [_tool(each, "parameters") for each in functions]


def _tool(tool: Json, schema: str) -> Json:
    return {
        "name": tool["name"],
        "description": tool["description"],
        "schema": {name: tool[schema][name] for name in SCHEMA},
    }


def _of(body: Json, *names: str) -> Json:
    return {
        ours: body[theirs]
        for ours, theirs in zip(("temperature", "max", "seed"), names, strict=False)
        if theirs in body
    }


SPEAKERS = (
    Speaker(
        wire=Wire.RESPONSES,
        vendor=VENDORS["openai"],
        model="gpt-4.1",
        key_header="authorization",
        sampled=lambda body: _of(body, "temperature", "max_output_tokens", "seed"),
        seeded=False,
        tools=lambda body: [_tool(each, "parameters") for each in body.get("tools", ())],
        path="/v1/responses",
    ),
    Speaker(
        wire=Wire.CHAT,
        vendor=VENDORS["groq"],
        model="llama-3.3-70b-versatile",
        key_header="authorization",
        sampled=lambda body: _of(body, "temperature", "max_tokens", "seed"),
        seeded=True,
        tools=_openai_tools,
        path="/v1/chat/completions",
    ),
    Speaker(
        wire=Wire.MESSAGES,
        vendor=VENDORS["anthropic"],
        model="claude-sonnet-4-5",
        key_header="x-api-key",
        sampled=lambda body: _of(body, "temperature", "max_tokens", "seed"),
        seeded=False,
        tools=lambda body: [_tool(each, "input_schema") for each in body.get("tools", ())],
        path="/v1/messages",
        extra=frozenset({"anthropic-version"}),
    ),
    Speaker(
        wire=Wire.GEMINI,
        vendor=VENDORS["google"],
        model="gemini-2.5-flash",
        key_header="x-goog-api-key",
        sampled=lambda body: _of(
            body["generationConfig"], "temperature", "maxOutputTokens", "seed"
        ),
        seeded=True,
        tools=lambda body: [
            _tool(each, "parameters_json_schema")
            for tool in body.get("tools", ())
            for each in tool["functionDeclarations"]
        ],
        path="/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    ),
    Speaker(
        wire=Wire.OLLAMA,
        vendor=VENDORS["ollama"],
        model="qwen3:8b",
        key_header="authorization",
        sampled=lambda body: _of(body["options"], "temperature", "num_predict", "seed"),
        seeded=True,
        tools=_openai_tools,
        path="/api/chat",
    ),
)
every_speaker = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda each: each.wire.value)


@dataclass(slots=True)
class Talk:
    """A conversation with a scripted model."""

    client: Client
    """Our side."""
    model: ScriptedModel
    """The other."""
    messages: list[Message] = field(default_factory=lambda: list(OPENING))
    """What was said so far."""

    def ask(
        self,
        *,
        tools: Sequence[ToolSpec] = (READ_FILE,),
        sampling: Sampling = Sampling(),  # noqa: B008 - frozen
        limit: float = LIMIT,
        ending: Callable[[], bool] = never,
    ) -> Reply:
        """Ask, and keep the answer in the conversation."""
        question = Question(messages=tuple(self.messages), tools=tuple(tools), sampling=sampling)
        reply = self.client.ask(question, limit, ending)
        self.messages.append(Said(text=reply.text, calls=reply.calls, native=reply.native))
        return reply

    def give(self, *texts: str, failed: bool = False) -> None:
        """Answer the calls of the last turn."""
        said = self.messages[-1]
        assert isinstance(said, Said)
        self.messages += [
            Given(call=call, text=text, failed=failed)
            for call, text in zip(said.calls, texts, strict=True)
        ]

    def failing(self, *, limit: float = LIMIT, ending: Callable[[], bool] = never) -> ModelError:
        """Ask, and return the error."""
        with pytest.raises(ModelError) as caught:
            self.ask(limit=limit, ending=ending)
        return caught.value

    @property
    def requests(self) -> tuple[Request, ...]:
        """All that reached the model."""
        return self.model.requests


@contextmanager
def talk(
    speaker: Speaker,
    steps: Sequence[Step] | Script,
    tokens: Tokens = Tokens(),  # noqa: B008 - frozen
) -> Iterator[Talk]:
    """Talk to a scripted model in one protocol."""
    with ScriptedModel(steps, tokens=tokens) as model:
        client = speaker.client(model.address(speaker.wire))
        try:
            yield Talk(client, model)
        finally:
            client.close()
