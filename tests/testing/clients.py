"""Clients of every protocol, written from the protocols' descriptions and from no code of ours."""

from __future__ import annotations

import http.client
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pytest_harness.testing import ScriptedModel, Wire

Json = dict[str, Any]
Tool = tuple[str, dict[str, Any]]
"""A tool's name, and its arguments with their schemas."""


@dataclass
class Heard:
    """What a client understood of an answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    says: str = ""
    thinks: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    pieces: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Names and arguments of calls that are not whole yet."""
    reason: str | None = None
    usage: Json = field(default_factory=dict)
    whole: bool = False
    """Whether the answer came to its end."""


class Client(ABC):
    """One protocol's client."""

    wire: ClassVar[Wire]
    reasons: ClassVar[tuple[str, str, str]]
    """How an end, a call and a limit are called."""

    @abstractmethod
    def path(self, *, stream: bool) -> str:
        """Return the path of the request."""

    @abstractmethod
    def body(self, prompt: str, system: str, results: int, tools: Sequence[Tool]) -> Json: ...

    @abstractmethod
    def read(self, document: Json, heard: Heard) -> None:
        """Read an answer that is one object."""

    @abstractmethod
    def hear(self, event: Json, heard: Heard) -> None:
        """Read one event of a stream."""

    def lines(self, data: bytes) -> list[Json]:
        """Split a stream into its events."""
        found = [line[6:] for line in data.decode().splitlines() if line.startswith("data: ")]
        return [json.loads(line) for line in found if line != "[DONE]"]

    def ask(
        self,
        model: ScriptedModel,
        prompt: str = "do it",
        *,
        system: str = "You help.",
        results: int = 0,
        tools: Sequence[Tool] = (("bash", {"command": {"type": "string"}}),),
        stream: bool = True,
        **extra: object,
    ) -> Heard:
        """Ask once."""
        body = self.body(prompt, system, results, tools) | extra
        if self.wire is not Wire.GEMINI:
            body["stream"] = stream
        status, headers, raw = send(model, "POST", self.path(stream=stream), body)
        heard = Heard(status, headers, raw)
        if status != 200:
            return heard
        if stream:
            for event in self.lines(raw):
                self.hear(event, heard)
        else:
            self.read(json.loads(raw), heard)
            heard.whole = True
        return heard


def send(
    model: ScriptedModel, method: str, path: str, body: Json | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send one request."""
    connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=30)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def functions(tools: Sequence[Tool]) -> list[Json]:
    return [
        {"name": name, "parameters": {"type": "object", "properties": arguments}}
        for name, arguments in tools
    ]


class ResponsesClient(Client):
    wire = Wire.RESPONSES
    reasons = ("completed", "completed", "incomplete")

    def path(self, *, stream: bool) -> str:
        return "/v1/responses"

    def body(self, prompt: str, system: str, results: int, tools: Sequence[Tool]) -> Json:
        items: list[Json] = [{"role": "user", "content": [{"type": "input_text", "text": prompt}]}]
        for at in range(results):
            call = {"type": "function_call", "call_id": f"c{at}", "name": "x", "arguments": "{}"}
            result = {"type": "function_call_output", "call_id": f"c{at}", "output": f"r{at}"}
            items += [call, result]
        offers = [{"type": "function", **each} for each in functions(tools)]
        return {"model": "m", "instructions": system, "input": items, "tools": offers}

    def read(self, document: Json, heard: Heard) -> None:
        for item in document["output"]:
            self._item(item, heard)
        heard.reason, heard.usage = document["status"], document["usage"]

    def hear(self, event: Json, heard: Heard) -> None:
        if event["type"] == "response.output_item.done":
            self._item(event["item"], heard)
        elif event["type"] in {"response.completed", "response.incomplete"}:
            heard.reason = event["response"]["status"]
            heard.usage = event["response"]["usage"]
            heard.whole = True

    def _item(self, item: Json, heard: Heard) -> None:
        if item["type"] == "message":
            heard.says += item["content"][0]["text"]
        elif item["type"] == "reasoning":
            heard.thinks += item["summary"][0]["text"]
        else:
            heard.calls.append((item["name"], json.loads(item["arguments"])))


class ChatClient(Client):
    wire = Wire.CHAT
    reasons = ("stop", "tool_calls", "length")

    def path(self, *, stream: bool) -> str:
        return "/v1/chat/completions"

    def body(self, prompt: str, system: str, results: int, tools: Sequence[Tool]) -> Json:
        messages: list[Json] = [
            {"role": "system", "content": system},
            {"role": "user", "content": [{"type": "text", "text": prompt}]},
        ]
        for at in range(results):
            call = {"id": f"c{at}", "type": "function", "function": {"name": "x"}}
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": f"c{at}", "content": f"r{at}"})
        offers = [{"type": "function", "function": each} for each in functions(tools)]
        options = {"include_usage": True}
        return {"model": "m", "messages": messages, "tools": offers, "stream_options": options}

    def read(self, document: Json, heard: Heard) -> None:
        [choice] = document["choices"]
        self._message(choice["message"], heard)
        heard.reason, heard.usage = choice["finish_reason"], document["usage"]

    def hear(self, event: Json, heard: Heard) -> None:
        for choice in event["choices"]:
            delta = choice["delta"]
            self._message({**delta, "tool_calls": ()}, heard)
            for piece in delta.get("tool_calls", ()):
                function = piece["function"]
                name, text = heard.pieces.get(piece["index"], ("", ""))
                name, text = name + function.get("name", ""), text + function["arguments"]
                heard.pieces[piece["index"]] = name, text
            heard.reason = choice["finish_reason"] or heard.reason
            if choice["finish_reason"]:
                joined = heard.pieces.values()
                heard.calls += [(name, json.loads(text)) for name, text in joined]
        heard.usage = event.get("usage") or heard.usage
        heard.whole = bool(heard.reason)

    def _message(self, message: Json, heard: Heard) -> None:
        heard.says += message.get("content") or ""
        heard.thinks += message.get("reasoning_content") or ""
        for call in message.get("tool_calls", ()):
            function = call["function"]
            heard.calls.append((function["name"], json.loads(function["arguments"])))


class MessagesClient(Client):
    wire = Wire.MESSAGES
    reasons = ("end_turn", "tool_use", "max_tokens")

    def path(self, *, stream: bool) -> str:
        return "/v1/messages?beta=true"

    def body(self, prompt: str, system: str, results: int, tools: Sequence[Tool]) -> Json:
        reminder = "<system-reminder>\nbe good</system-reminder>"
        blocks = [{"type": "text", "text": reminder}, {"type": "text", "text": prompt}]
        messages: list[Json] = [
            {"role": "user", "content": blocks},
            {"role": "system", "content": "Working directory: /told"},
        ]
        for at in range(results):
            call = {"type": "tool_use", "id": f"c{at}", "name": "x", "input": {}}
            content = [{"type": "text", "text": f"r{at}"}]
            result = {"type": "tool_result", "tool_use_id": f"c{at}", "content": content}
            messages.append({"role": "assistant", "content": [call]})
            messages.append({"role": "user", "content": [result]})
        offers = [
            {"name": name, "input_schema": {"type": "object", "properties": arguments}}
            for name, arguments in tools
        ]
        told = [{"type": "text", "text": system}]
        return {
            "model": "m",
            "max_tokens": 9,
            "system": told,
            "messages": messages,
            "tools": offers,
        }

    def read(self, document: Json, heard: Heard) -> None:
        for block in document["content"]:
            self._block(block, heard)
        heard.reason, heard.usage = document["stop_reason"], document["usage"]

    def hear(self, event: Json, heard: Heard) -> None:
        match event["type"]:
            case "message_start":
                heard.usage = event["message"]["usage"]
            case "content_block_start":
                assert not event["content_block"].get("text")
                self._open = event["content_block"] | {"input": ""}
            case "content_block_delta":
                for key, value in event["delta"].items():
                    name = {"partial_json": "input"}.get(key, key)
                    if name != "type":
                        self._open[name] += value
            case "content_block_stop":
                if self._open["type"] == "tool_use":
                    self._open["input"] = json.loads(self._open["input"])
                self._block(self._open, heard)
            case "message_delta":
                heard.reason = event["delta"]["stop_reason"]
                heard.usage = heard.usage | event["usage"]
            case "message_stop":
                heard.whole = True

    def _block(self, block: Json, heard: Heard) -> None:
        heard.says += block.get("text", "")
        heard.thinks += block.get("thinking", "")
        if block["type"] == "tool_use":
            heard.calls.append((block["name"], block["input"]))


class GeminiClient(Client):
    wire = Wire.GEMINI
    reasons = ("STOP", "STOP", "MAX_TOKENS")

    def path(self, *, stream: bool) -> str:
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/v1beta/models/m:{method}"

    def body(self, prompt: str, system: str, results: int, tools: Sequence[Tool]) -> Json:
        contents: list[Json] = [{"role": "user", "parts": [{"text": prompt}]}]
        for at in range(results):
            call = {"functionCall": {"name": "x", "args": {}}}
            result = {"functionResponse": {"name": "x", "response": {"output": f"r{at}"}}}
            contents.append({"role": "model", "parts": [call]})
            contents.append({"role": "user", "parts": [result]})
        declared = [
            {"name": name, "parametersJsonSchema": {"type": "object", "properties": arguments}}
            for name, arguments in tools
        ]
        offers = [{"functionDeclarations": declared}] if declared else []
        instruction = {"role": "user", "parts": [{"text": system}]}
        return {"contents": contents, "systemInstruction": instruction, "tools": offers}

    def read(self, document: Json, heard: Heard) -> None:
        [candidate] = document["candidates"]
        for part in candidate["content"]["parts"]:
            if part.get("thought"):
                heard.thinks += part["text"]
            else:
                heard.says += part.get("text", "")
            if "functionCall" in part:
                heard.calls.append((part["functionCall"]["name"], part["functionCall"]["args"]))
        heard.reason = candidate.get("finishReason")
        heard.usage = document["usageMetadata"]
        heard.whole = bool(heard.reason)

    def hear(self, event: Json, heard: Heard) -> None:
        self.read(event, heard)


class OllamaClient(Client):
    wire = Wire.OLLAMA
    reasons = ("stop", "stop", "length")

    def path(self, *, stream: bool) -> str:
        return "/api/chat"

    def lines(self, data: bytes) -> list[Json]:
        return [json.loads(line) for line in data.decode().splitlines()]

    def body(self, prompt: str, system: str, results: int, tools: Sequence[Tool]) -> Json:
        messages: list[Json] = [
            {"role": "system", "content": system},
            {"role": "user", "content": prompt},
        ]
        for at in range(results):
            call = {"function": {"name": "x", "arguments": {}}}
            messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
            messages.append({"role": "tool", "content": f"r{at}"})
        offers = [{"type": "function", "function": each} for each in functions(tools)]
        return {"model": "m", "messages": messages, "tools": offers}

    def read(self, document: Json, heard: Heard) -> None:
        message = document["message"]
        heard.says += message["content"]
        heard.thinks += message.get("thinking", "")
        for call in message.get("tool_calls", ()):
            heard.calls.append((call["function"]["name"], call["function"]["arguments"]))
        if document["done"]:
            heard.reason, heard.usage, heard.whole = document["done_reason"], document, True

    def hear(self, event: Json, heard: Heard) -> None:
        self.read(event, heard)


CLIENTS = [ResponsesClient(), ChatClient(), MessagesClient(), GeminiClient(), OllamaClient()]
