"""A model on 127.0.0.1 that does what its script says, so that a real agent runs for free."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from pytest_harness.testing import responses
from pytest_harness.testing.responses import Tokens
from pytest_harness.testing.script import Answer, Cut, Hang, Script, Status, Step

OLLAMA_VERSION = "0.99.0"
"""What the server says when it is asked for the version of Ollama."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that reached the model."""

    method: str
    """``GET`` or ``POST``."""
    path: str
    """Path with query."""
    headers: dict[str, str] = field(repr=False)
    """Headers; names in lower case."""
    body: dict[str, Any] = field(repr=False)
    """The JSON object of its body; empty if it had none."""
    conversation: str = ""
    """Which conversation it belongs to; empty if it asks the model nothing."""
    results: tuple[str, ...] = ()
    """Results of tools that it brings, oldest first."""
    answer: Answer | None = None
    """What the script answered."""

    @property
    def prompt(self) -> str:
        """The last thing that the user said."""
        return responses.prompt(self.body)

    @property
    def model(self) -> str | None:
        """The model that was asked for."""
        name = self.body.get("model")
        return name if isinstance(name, str) else None

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools that were offered."""
        return responses.offered(self.body)


class ScriptedModel:
    """A server that speaks the Responses protocol and follows a script.

    ::

        with ScriptedModel([WriteFile("a.txt", "a"), Say("done")]) as model:
            ...  # point an agent to model.base_url
        assert "a.txt" in model.asked[0].prompt

    Any number of conversations may use it at once; each follows the script from its start, at the
    place that the results of tools in its requests tell. Errors of the server itself are raised
    when it is left.
    """

    def __init__(
        self,
        steps: Sequence[Step] | Script,
        *,
        models: Sequence[str] = ("scripted",),
        tokens: Tokens = Tokens(),  # noqa: B008 - frozen
        port: int = 0,
    ) -> None:
        self.script = steps if isinstance(steps, Script) else Script(steps)
        self.models = tuple(models)
        self.tokens = tokens
        self.closing = threading.Event()
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._seen: Counter[tuple[str, int]] = Counter()
        self._errors: list[BaseException] = []

    def __enter__(self) -> Self:
        self._server = _Server(self, self._wanted_port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="scripted-model", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        if error is None and self._errors:
            raise self._errors[0]

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("the scripted model is not running; use it in a with statement")
        return int(self._server.server_address[1])

    @property
    def root_url(self) -> str:
        """Its address without a path, as Ollama's is given."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """Its address as clients of the Responses protocol want it."""
        return f"{self.root_url}/v1"

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in the order of their arrival."""
        with self._lock:
            return tuple(self._requests)

    @property
    def asked(self) -> tuple[Request, ...]:
        """The requests that asked the model for something."""
        return tuple(request for request in self.requests if request.answer is not None)

    @property
    def conversations(self) -> tuple[str, ...]:
        """The conversations so far, in the order of their first request."""
        return tuple(dict.fromkeys(request.conversation for request in self.asked))

    def seen(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]
    ) -> Request:
        """Record a request and look up its answer; called by the server's threads."""
        if method != "POST" or path.partition("?")[0].rstrip("/") != "/v1/responses":
            request = Request(method=method, path=path, headers=headers, body=body)
            with self._lock:
                self._requests.append(request)
            return request
        name = responses.conversation(body, headers)
        results = responses.results(body)
        with self._lock:
            attempt = self._seen[name, len(results)]
            self._seen[name, len(results)] += 1
            request = Request(
                method=method,
                path=path,
                headers=headers,
                body=body,
                conversation=name,
                results=results,
                answer=self.script.answer(len(results), attempt),
            )
            self._requests.append(request)
        return request

    def failed(self, error: BaseException) -> None:
        """Keep an error of the server itself; called by its threads."""
        with self._lock:
            self._errors.append(error)


class _Server(ThreadingHTTPServer):
    """The socket and its threads."""

    daemon_threads = True

    def __init__(self, model: ScriptedModel, port: int) -> None:
        self.model = model
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Keep the error; a client that went away is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.model.failed(error)


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: requests are recorded instead."""

    def do_GET(self) -> None:
        """Answer what agents ask before they begin."""
        model = self.server.model
        model.seen("GET", self.path, self._headers(), {})
        path = self.path.partition("?")[0].rstrip("/")
        if path == "/v1/models":
            data = [{"id": name, "object": "model", "created": 0} for name in model.models]
            self._json(200, {"object": "list", "data": data})
        elif path == "/api/version":
            self._json(200, {"version": OLLAMA_VERSION})
        elif path == "/api/tags":
            self._json(200, {"models": [{"name": n, "model": n} for n in model.models]})
        elif path == "/v1/responses":
            self._json(426, {"error": {"message": "there is no WebSocket here; use POST"}})
        else:
            self._unknown()

    def do_POST(self) -> None:
        """Answer as the script says."""
        size = int(self.headers.get("content-length") or 0)
        try:
            body = json.loads(self.rfile.read(size) or b"{}")
        except ValueError:
            self._json(400, {"error": {"message": "the body is not JSON"}})
            return
        if not isinstance(body, dict):
            self._json(400, {"error": {"message": "the body is not a JSON object"}})
            return
        request = self.server.model.seen("POST", self.path, self._headers(), body)
        if request.answer is None:
            self._unknown()
        else:
            self._answer(request, request.answer)

    def _answer(self, request: Request, answer: Answer) -> None:
        """Send an answer, or fail as it says."""
        model = self.server.model
        match answer.ending:
            case Status(code, retry_after):
                extra = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
                error = {"message": f"scripted {code}", "type": "scripted", "code": str(code)}
                self._json(code, {"error": error}, extra)
                return
            case Hang(seconds):
                model.closing.wait(seconds)
                self.close_connection = True
                return
            case _:
                pass
        whole = responses.response(request.body, answer, len(request.results), model.tokens)
        complete = not isinstance(answer.ending, Cut)
        if not request.body.get("stream") and complete:
            self._json(200, whole)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for frame in responses.stream(whole, complete=complete):
            self.wfile.write(frame)
        self.wfile.flush()
        if not complete:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def _headers(self) -> dict[str, str]:
        """Return the request's headers with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def _unknown(self) -> None:
        """Say that there is no such path."""
        self._json(404, {"error": {"message": f"the scripted model has no {self.path}"}})

    def _json(self, code: int, document: object, extra: dict[str, str] | None = None) -> None:
        """Send one JSON document."""
        data = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
