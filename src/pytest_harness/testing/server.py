"""A model on 127.0.0.1 that does what its script says, so that a real agent runs for free."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_harness.testing.http_server import HttpServer
from pytest_harness.testing.memory import Memory
from pytest_harness.testing.protocols import protocol_for
from pytest_harness.testing.protocols.base import Asked, Protocol, Reply, Wire, Wish
from pytest_harness.testing.requests import Request
from pytest_harness.testing.script import Answer, Script
from pytest_harness.testing.serving import Serving
from pytest_harness.testing.steps import Call, Length, Step, calls_of
from pytest_harness.testing.tokens import Tokens
from pytest_harness.testing.tools import tool_call
from pytest_harness.testing.workspace import told_workspace

ROOTED = frozenset({Wire.MESSAGES, Wire.GEMINI, Wire.OLLAMA})
"""Protocols whose clients add the version to the address themselves."""


class ScriptedModel(Serving):
    """A server that speaks the protocols of coding agents and follows a script.

    ::

        with ScriptedModel([WriteFile("a.txt", "a"), Say("done")]) as model:
            ...  # point an agent to model.base_url
        assert "a.txt" in model.asked[0].prompt

    Any number of conversations may use it at once; each follows the script from its start, at the
    place that the results of tools in its requests tell. ``workspace`` is put before the paths of
    calls where a program does not name its own. ``models`` are those that it lists, ``loaded``
    those that it holds in memory at first, as Ollama tells it: a model that is asked is loaded,
    and dropped again when a client says so. Errors of the server itself are raised when it is
    left.
    """

    def __init__(
        self,
        steps: Sequence[Step] | Script,
        *,
        models: Sequence[str] = ("scripted",),
        loaded: Sequence[str] = (),
        tokens: Tokens = Tokens(),  # noqa: B008 - frozen
        workspace: Path | str | None = None,
        port: int = 0,
    ) -> None:
        super().__init__()
        self.script = steps if isinstance(steps, Script) else Script(steps)
        self.models = tuple(models)
        self.memory = Memory(loaded)
        self.tokens = tokens
        self.workspace = None if workspace is None else str(workspace)
        self._wanted_port = port
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._seen: Counter[tuple[str, int]] = Counter()

    def make_server(self) -> HttpServer:
        """Return the server to run."""
        return HttpServer(self, self._wanted_port)

    @property
    def base_url(self) -> str:
        """Its address as clients of OpenAI's protocols want it."""
        return f"{self.root_url}/v1"

    def address(self, wire: Wire) -> str:
        """Return its address as clients of one protocol want it."""
        return self.root_url if wire in ROOTED else self.base_url

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in the order of their arrival."""
        with self._lock:
            return tuple(self._requests)

    @property
    def asked(self) -> tuple[Request, ...]:
        """The requests that asked for a step of the script."""
        return tuple(request for request in self.requests if request.answer is not None)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The models that it holds in memory, by the names that Ollama lists."""
        return self.memory.loaded

    @property
    def conversations(self) -> tuple[str, ...]:
        """The conversations so far, in the order of their first request."""
        return tuple(dict.fromkeys(request.conversation for request in self.asked))

    def seen(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]
    ) -> tuple[Request, Protocol | None]:
        """Record a request and look up its answer; called by the server's threads."""
        asked = Asked(path=path.partition("?")[0].rstrip("/"), headers=headers, body=body)
        spoken = method == "POST" and not self.memory.wants(method, asked.path, body)
        found = protocol_for(asked) if spoken else None
        if found is None:
            request = Request(method=method, path=path, headers=headers, body=body, asked=asked)
            with self._lock:
                self._requests.append(request)
            return request, None
        protocol, wish = found
        request = Request(
            method=method,
            path=path,
            headers=headers,
            body=body,
            asked=asked,
            wire=protocol.wire,
            wish=wish,
            model=protocol.model(asked),
            prompt=protocol.prompt(asked),
            system=protocol.system(asked),
            tools=tuple(each.name for each in protocol.offered(asked)),
            conversation=protocol.conversation(asked),
            results=protocol.results(asked),
        )
        if wish is Wish.TURN and request.model:
            self.memory.touched(request.model, body)
        with self._lock:
            if wish is Wish.TURN:
                place = request.conversation, len(request.results)
                request = request.with_answer(self.script.answer(place[1], self._seen[place]))
                self._seen[place] += 1
            self._requests.append(request)
        return request, protocol

    def reply(self, protocol: Protocol, request: Request, answer: Answer) -> Reply:
        """Turn an answer of the script into what a protocol can write."""
        workspace = told_workspace(request.system) or self.workspace
        offered = protocol.offered(request.asked)
        calls = calls_of(answer.ending) if isinstance(answer.ending, Call) else ()
        return Reply(
            asked=request.asked,
            model=request.model or self.models[0],
            position=len(request.results),
            thinks=answer.thinks,
            says=answer.says,
            calls=tuple(tool_call(call, offered, protocol.usual, workspace) for call in calls),
            cut_short=isinstance(answer.ending, Length),
            tokens=self.tokens,
        )
