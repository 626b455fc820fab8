"""A client over Ollama's own library and protocol."""

from __future__ import annotations

import functools
import json
import ssl
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import ollama

from pytest_harness.model.client import BrokenCall, Finish, ModelError, Reply
from pytest_harness.model.clients import failures
from pytest_harness.model.clients.asking import AskingClient
from pytest_harness.model.clients.calls import read_arguments
from pytest_harness.model.clients.guard import Bounded, Guard, found
from pytest_harness.model.clients.mending import tokens, whole
from pytest_harness.model.clients.whom import Whom
from pytest_harness.model.conversation import (
    Call,
    Message,
    Question,
    Said,
    Sampling,
    ToolSpec,
    Words,
)
from pytest_harness.records import Usage


class OllamaClient(AskingClient):
    """Asks one model of an Ollama server."""

    def __init__(self, whom: Whom) -> None:
        super().__init__(whom)
        self._client = _client(whom, self.guard)

    async def answer(self, question: Question) -> Reply:
        """Send one request and return the whole answer without its price; raises `ModelError`."""
        started = time.monotonic()
        heard = _Heard()
        try:
            stream = await self._client.chat(
                model=self.whom.model,
                messages=[_written(message) for message in question.messages],
                tools=[_tool(each) for each in question.tools] or None,
                stream=True,
                options=_options(question.sampling),
            )
            async for piece in stream:
                heard.add(piece, time.monotonic() - started)
        except Exception as error:
            raise self._translated(error) from error
        if heard.done is None:
            raise failures.cut(self.whom)
        return heard.reply(heard.done)

    async def hang_up(self) -> None:
        """Close all connections."""
        await self._client.close()  # type: ignore[no-untyped-call]

    def _translated(self, error: Exception) -> ModelError:
        """Return the error of ours that says the same."""
        ours = found(error)
        if ours is not None:
            return ours
        if isinstance(error, ollama.ResponseError):
            said = failures.sentence(self.whom, error.error)
            wait = failures.retry_after(self.guard.answered)
            status = error.status_code if error.status_code >= 400 else 500
            return failures.by_status(self.whom, status, said, wait=wait)
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return failures.not_reached(self.whom, str(error))
        if isinstance(error, httpx.HTTPError):
            return failures.cut(self.whom)
        return failures.no_answer(self.whom)


@dataclass(slots=True)
class _Heard:
    """What has come of an answer."""

    text: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    broken: list[BrokenCall] = field(default_factory=list)
    first: float | None = None
    done: ollama.ChatResponse | None = None

    def add(self, piece: ollama.ChatResponse, seconds: float) -> None:
        """Take one piece."""
        message = piece.message
        self.text.append(message.content or "")
        self.thought.append(message.thinking or "")
        for call in message.tool_calls or ():
            name = f"call_{uuid.uuid4().hex}"
            written = json.dumps(dict(call.function.arguments))
            made = read_arguments(call.function.name, written, name)
            if isinstance(made, Call):
                self.calls.append(made)
            else:
                self.broken.append(made)
        if self.first is None and (message.content or message.thinking or message.tool_calls):
            self.first = seconds
        if piece.done:
            self.done = piece

    def reply(self, last: ollama.ChatResponse) -> Reply:
        """Return the whole."""
        text, thought = "".join(self.text), "".join(self.thought)
        return Reply(
            text=text,
            reasoning=thought,
            calls=tuple(self.calls),
            broken=tuple(self.broken),
            finish=Finish.LENGTH if last.done_reason == "length" else Finish.STOP,
            usage=Usage(input=tokens(last.prompt_eval_count), output=tokens(last.eval_count)),
            first=self.first,
            native=ollama.Message(
                role="assistant",
                content=text,
                thinking=thought or None,
                tool_calls=[_call(call) for call in self.calls] or None,
            ),
        )


def _written(message: Message) -> ollama.Message:
    if isinstance(message, Words):
        return ollama.Message(role=message.role.value, content=whole(message.text))
    if isinstance(message, Said):
        if isinstance(message.native, ollama.Message):
            return message.native
        calls = [_call(call) for call in message.calls]
        return ollama.Message(role="assistant", content=message.text, tool_calls=calls or None)
    return ollama.Message(
        role="tool", content=whole(message.text), tool_name=whole(message.call.name)
    )


def _call(call: Call) -> ollama.Message.ToolCall:
    function = ollama.Message.ToolCall.Function(name=call.name, arguments=call.arguments)
    return ollama.Message.ToolCall(function=function)


def _tool(tool: ToolSpec) -> Mapping[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _options(sampling: Sampling) -> dict[str, float | int]:
    named = {
        "temperature": sampling.temperature,
        "num_predict": sampling.max_tokens,
        "seed": sampling.seed,
    }
    return {name: value for name, value in named.items() if value is not None}


class _Stream(Bounded, httpx.AsyncByteStream):
    """As this library wants it."""


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return whom all clients trust; it is read once, because that takes a tenth of a second."""
    return httpx.create_ssl_context()


def _client(whom: Whom, guard: Guard) -> ollama.AsyncClient:
    """Make the connections of one client."""
    return ollama.AsyncClient(host=whom.address, verify=_trust(), **guard.settings(_Stream))
