"""Servers that answer what they are told to, and those that misbehave."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from pytest_harness.model.selectors import Vendors
from pytest_harness.model.vendors import Protocol, Vendor
from pytest_harness.testing.serving import LoopbackServer, Serving

Answer = tuple[int, bytes] | object
"""A status with bytes, or a document."""


class Plain(Serving):
    """Answers each path with the document, or the status and bytes, that it is given."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__()
        self.answers = answers
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    def make_server(self) -> LoopbackServer:
        plain = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def do_GET(self) -> None:
                plain.seen.append((self.command, self.path, dict(self.headers)))
                self.rfile.read(int(self.headers.get("content-length") or 0))
                given = plain.answers.get(self.path, (404, b"nothing here"))
                status, data = (
                    given if isinstance(given, tuple) else (200, json.dumps(given).encode())
                )
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("Location", data.decode())
                    data = b""
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self) -> None:
                self.do_GET()

        return LoopbackServer(Handler)


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def ollama(root: str, name: str = "ollama") -> Vendor:
    """An Ollama at an address."""
    return Vendor(
        name=name,
        protocol=Protocol.OLLAMA,
        base_url=root,
        local=True,
        models_path="/api/tags",
    )


def compatible(root: str, name: str = "vllm", keys: tuple[str, ...] = ()) -> Vendor:
    """An OpenAI-compatible server at an address."""
    return Vendor(name=name, protocol=Protocol.CHAT, base_url=root, local=True, keys=keys)


def vendors(*each: Vendor) -> Vendors:
    """These vendors and no others."""
    return Vendors({vendor.name: vendor for vendor in each}, {})
