"""A server on 127.0.0.1 that runs for as long as a context lasts."""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class LoopbackServer(ThreadingHTTPServer):
    """The socket and its threads."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self.errors: list[BaseException] = []
        super().__init__(("127.0.0.1", port), handler)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Keep the error; a client that went away is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.errors.append(error)


class Serving(ABC):
    """Serves requests inside a ``with`` statement; errors of its own are raised at the end."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def make_server(self) -> LoopbackServer:
        """Return the server to run."""

    def __enter__(self) -> Self:
        self._server = self.make_server()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name=type(self).__name__, daemon=True
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
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if error is None and self._server.errors:
            raise self._server.errors[0]

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            name = type(self).__name__
            raise RuntimeError(f"{name} is not running; use it in a with statement")
        return int(self._server.server_address[1])

    @property
    def root_url(self) -> str:
        """Its address without a path, as clients of Anthropic, Gemini and Ollama want it."""
        return f"http://127.0.0.1:{self.port}"
