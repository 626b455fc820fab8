"""A small server on 127.0.0.1 for the requests of one program."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Protocol

from pytest_harness.testing.serving import LoopbackServer, Serving

METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What is served."""
HOP = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that belong to one connection."""


class Answering(Protocol):
    """Who answers the requests."""

    def serve(self, call: Call) -> None:
        """Answer one request; called in a thread of its own."""
        ...


class LocalServer(Serving):
    """Lets somebody answer requests for as long as the context lasts."""

    def __init__(self, answering: Answering) -> None:
        super().__init__()
        self._answering = answering

    def make_server(self) -> _Server:
        """Return the server to run."""
        return _Server(self._answering)


class _Server(LoopbackServer):
    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        super().__init__(Call)


class Call(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def answer(self) -> None:
        """Let it be answered."""
        if "upgrade" in self.headers:
            self.fail(426, "there is no WebSocket here; use POST")
            return
        self.server.answering.serve(self)

    @property
    def sent(self) -> dict[str, str]:
        """Return the request's headers; names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def body(self) -> bytes:
        """Read the request's body."""
        if "chunked" not in (self.headers.get("transfer-encoding") or "").lower():
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers; the end of the connection is the end of the answer."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def send(self, data: bytes) -> None:
        """Send a part of the answer at once."""
        if self.command != "HEAD":
            self.wfile.write(data)
            self.wfile.flush()

    def fail(self, status: int, message: str) -> bytes:
        """Answer with an error as most protocols write it, and return it."""
        kind = "invalid_request_error" if status < 500 else "api_error"
        document = {
            "type": "error",
            "error": {"type": kind, "message": message, "code": status, "status": "INTERNAL"},
        }
        data = json.dumps(document).encode()
        self.head(
            status,
            {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                # What clients of OpenAI and Anthropic understand.
                "X-Should-Retry": "false",
            },
        )
        self.send(data)
        return data

    def hang_up(self) -> None:
        """Close the connection at once."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


for _method in METHODS:
    setattr(Call, f"do_{_method}", Call.answer)
