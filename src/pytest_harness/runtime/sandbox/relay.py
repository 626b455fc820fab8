"""The way from inside a sandbox without network to named ports of this machine.

Outside, a thread listens on one Unix socket for each port and forwards what comes to the server on
127.0.0.1. Inside, `relay_inside` listens on the same port and forwards to that socket.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.sandbox.relay_inside import pump

_HOSTS = ("127.0.0.1", "::1")
_BACKLOG = 128


class Relay:
    """Forwards connections to ports of this machine for as long as it is open.

    ``directory`` holds its sockets, each named by its port. It lies where no candidate can reach
    it by another name, so that nothing can be put in the place of a socket.
    """

    def __init__(self) -> None:
        try:
            self.directory = Path(tempfile.mkdtemp(prefix="harness-relay-"))
        except OSError as error:
            raise SupervisorError(
                f"No directory for the sandbox's ports can be made: {error}; make room for it"
            ) from error
        self._lock = threading.Lock()
        self._listeners: dict[int, socket.socket] = {}
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def listen(self, ports: Iterable[int]) -> None:
        """Forward these ports from now on; raises `SupervisorError` if no socket can be made."""
        for port in ports:
            if port not in self._listeners:
                self._listeners[port] = listener = self._listener(port)
                self._start(self._serve, listener, port)

    def close(self) -> None:
        """End every connection, wait for the threads, and remove the sockets."""
        with self._lock:
            everything = [*self._listeners.values(), *self._open]
            self._listeners.clear()
        for each in everything:
            with contextlib.suppress(OSError):  # The other side may have ended it already.
                each.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()
        for each in everything:
            each.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def end_connections(self) -> None:
        """End the connections of a process that has gone."""
        with self._lock:
            left = list(self._open)
        for each in left:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _listener(self, port: int) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        # The name may be too long for a socket's address; the short one leads to the same place.
        directory = os.open(self.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            made.bind(f"/proc/self/fd/{directory}/{port}")
            made.listen(_BACKLOG)
        except OSError as error:
            made.close()
            raise SupervisorError(
                f"Port {port} cannot be offered to the sandbox: {error}; raise the limit on files"
            ) from error
        finally:
            os.close(directory)
        return made

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(
            target=work,  # type: ignore[arg-type]
            args=arguments,
            name="pytest-harness-relay",
            daemon=True,
        )
        self._threads = {each for each in self._threads if each.is_alive()}
        self._threads.add(thread)
        thread.start()

    def _serve(self, listener: socket.socket, port: int) -> None:
        while True:
            try:
                inner, _ = listener.accept()
            except OSError:
                return  # It was shut down.
            self._start(self._connect, inner, port)

    def _connect(self, inner: socket.socket, port: int) -> None:
        outer = _reach(port)
        if outer is None:
            inner.close()
            return
        with self._lock:
            self._open |= {inner, outer}
        back = threading.Thread(target=pump, args=(outer, inner), daemon=True)
        back.start()
        pump(inner, outer)
        back.join()
        with self._lock:
            self._open -= {inner, outer}
        inner.close()
        outer.close()


def _reach(port: int) -> socket.socket | None:
    for host in _HOSTS:
        try:
            return socket.create_connection((host, port), timeout=None)
        except OSError:
            continue
    return None
