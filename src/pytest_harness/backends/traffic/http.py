"""A small server on 127.0.0.1 for the requests of one program."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Protocol, Self

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


class LocalServer:
    """Serves requests for as long as the context lasts; errors of its own are raised at the end."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._errors: list[BaseException] = []

    def __enter__(self) -> Self:
        self._server = _Server(self._answering, self._errors)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="traffic", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        if error is None and self._errors:
            raise self._errors[0]

    @property
    def root_url(self) -> str:
        """Its address without a path."""
        if self._server is None:
            raise RuntimeError("the server is not running; use it in a with statement")
        return f"http://127.0.0.1:{self._server.server_address[1]}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answering: Answering, errors: list[BaseException]) -> None:
        self.answering = answering
        self._errors = errors
        super().__init__(("127.0.0.1", 0), Call)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Keep the error; a client that went away is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self._errors.append(error)


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
