"""The socket of a scripted model, and what goes through it."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from pytest_harness.testing.lookups import lookup
from pytest_harness.testing.protocols.base import Counting, Protocol, Reply, Wish
from pytest_harness.testing.requests import Request
from pytest_harness.testing.script import Answer
from pytest_harness.testing.serving import LoopbackServer
from pytest_harness.testing.steps import Cut, Empty, Hang, Malformed, Refuse, Status

if TYPE_CHECKING:
    from pytest_harness.testing.server import ScriptedModel

PAGE = b"<html><body><h1>Bad gateway</h1></body></html>\n"
BROKEN = b'{"broken'


class HttpServer(LoopbackServer):
    """The socket of one model."""

    def __init__(self, model: ScriptedModel, port: int) -> None:
        self.model = model
        super().__init__(_Handler, port)


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: HttpServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: requests are recorded instead."""

    def do_HEAD(self) -> None:
        """Say that somebody is here."""
        self.server.model.seen("HEAD", self.path, self._headers(), {})
        self._send(200, b"", "text/plain")

    def do_GET(self) -> None:
        """Answer what agents ask before they begin."""
        self.server.model.seen("GET", self.path, self._headers(), {})
        self._look_up("GET", {})

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
        model = self.server.model
        request, protocol = model.seen("POST", self.path, self._headers(), body)
        if protocol is None:
            self._look_up("POST", body)
        elif request.wish is Wish.COUNT and isinstance(protocol, Counting):
            self._json(200, protocol.count(model.tokens))
        elif request.answer is None:
            side = Answer((protocol.side(request.asked),), None)
            self._reply(protocol, request, model.reply(protocol, request, side))
        else:
            self._answer(protocol, request, request.answer)

    def _answer(self, protocol: Protocol, request: Request, answer: Answer) -> None:
        """Send an answer, or fail as it says."""
        model = self.server.model
        if answer.delay:
            model.closing.wait(answer.delay)
        reply = model.reply(protocol, request, answer)
        match answer.ending:
            case Status() as status:
                self._status(protocol, status)
            case Refuse():
                self._hang_up()
            case Hang(seconds, in_the_middle):
                if in_the_middle:
                    self._begin(protocol, request, reply)
                model.closing.wait(seconds)
                self._hang_up()
            case Cut():
                self._begin(protocol, request, reply)
                self._hang_up()
            case Malformed(html=True):
                self._send(200, PAGE, "text/html")
            case Malformed() if protocol.streams(request.asked):
                self._begin(protocol, request, reply)
                self.wfile.write(protocol.garbage)
            case Malformed():
                self._send(200, BROKEN, "application/json")
            case Empty():
                self._reply(protocol, request, replace(reply, thinks=(), says=()))
            case _:
                self._reply(protocol, request, reply)

    def _reply(self, protocol: Protocol, request: Request, reply: Reply) -> None:
        """Send a whole answer, as a stream or not."""
        if protocol.streams(request.asked):
            self._stream(protocol, protocol.stream(reply, complete=True))
        else:
            self._json(200, protocol.whole(reply))

    def _begin(self, protocol: Protocol, request: Request, reply: Reply) -> None:
        """Send an answer without its end."""
        if protocol.streams(request.asked):
            self._stream(protocol, protocol.stream(reply, complete=False))
            return
        data = json.dumps(protocol.whole(reply)).encode()
        self._head(200, "application/json", {"Content-Length": str(len(data))})
        self.wfile.write(data[: len(data) // 2])

    def _stream(self, protocol: Protocol, pieces: Iterable[bytes]) -> None:
        """Send a stream, whose end is the end of the connection."""
        self._head(200, protocol.media, {})
        for piece in pieces:
            self.wfile.write(piece)

    def _status(self, protocol: Protocol, status: Status) -> None:
        """Refuse with a status."""
        extra = dict(status.headers)
        if status.retry_after is not None:
            extra["Retry-After"] = f"{status.retry_after:g}"
        body = protocol.error(status.code, status.message or f"scripted {status.code}")
        self._json(status.code, body, extra)

    def _hang_up(self) -> None:
        """Close the connection at once."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _look_up(self, method: str, body: Mapping[str, Any]) -> None:
        """Answer what is asked besides the model."""
        path = self.path.partition("?")[0].rstrip("/")
        memory = self.server.model.memory
        if memory.wants(method, path, body):
            self._json(200, memory.answer(path, body))
            return
        found = lookup(method, path, self.server.model.models)
        if found is None:
            message = f"the scripted model has no {self.path}"
            self._json(404, {"error": {"message": message}})
        else:
            self._json(*found)

    def _headers(self) -> dict[str, str]:
        """Return the request's headers with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def _json(self, code: int, document: Any, extra: Mapping[str, str] | None = None) -> None:
        """Send one JSON document."""
        self._send(code, json.dumps(document).encode(), "application/json", extra)

    def _send(
        self, code: int, data: bytes, media: str, extra: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole body."""
        self._head(code, media, {"Content-Length": str(len(data)), **(extra or {})})
        self.wfile.write(data)

    def _head(self, code: int, media: str, extra: Mapping[str, str]) -> None:
        """Send status and headers."""
        self.send_response(code)
        self.send_header("Content-Type", media)
        self.send_header("Connection", "close")
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
