"""A server that knows no protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from pytest_harness.testing.serving import LoopbackServer, Serving


class Lines(Serving):
    """Sends the same lines whatever it is asked, and keeps what it was asked."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self.lines = lines
        self.bodies: list[Mapping[str, Any]] = []

    def make_server(self) -> LoopbackServer:
        room = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                room.bodies.append(json.loads(self.rfile.read(size)))
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                self.wfile.write("".join(room.lines).encode())

        return LoopbackServer(Handler)
