"""Between a program and its endpoint: passes everything on, and remembers it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.traffic.http import HOP, Call
from pytest_harness.backends.traffic.questions import question
from pytest_harness.backends.traffic.stitching import events, stitch
from pytest_harness.backends.traffic.tape import Exchange, Piece
from pytest_harness.redaction import HIDDEN, Vault

TOLD = frozenset(
    {
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "content-type",
        "openai-beta",
        "retry-after",
        "retry-after-ms",
        "user-agent",
        "x-should-retry",
    }
)
"""Headers that are written down."""
CREDENTIALS = frozenset({"api-key", "authorization", "x-api-key", "x-goog-api-key"})
"""Headers of which it is only written down that they were there."""
MOST = 128 << 20
"""Bytes that are kept of one proposal."""
_SECONDS = 600.0


@dataclass(slots=True)
class Seen:
    """One exchange as it went through."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    cut: bool = False


class Proxy:
    """Passes the requests of one proposal on to ``address``."""

    def __init__(self, address: str) -> None:
        self._to = urlsplit(address)
        self.base = self._to.path.rstrip("/")
        """Path of the endpoint's address."""
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._left = MOST

    @property
    def full(self) -> bool:
        """Whether more went through than is kept."""
        return self._left < 0

    def serve(self, call: Call) -> None:
        """Pass one request on, and its answer back, piece by piece."""
        body = call.body()
        path = call.path.removeprefix(self.base).partition("?")[0]
        seen = Seen(call.command, path, call.sent, body)
        with self._lock:
            self._left -= len(body)
            if not self.full:
                self._seen.append(seen)
        began = time.monotonic()
        # What is not compressed can be read, and secrets can be found in it.
        passed = {name: value for name, value in seen.headers.items() if name not in HOP}
        passed["accept-encoding"] = "identity"
        connection = self._connect()
        try:
            try:
                connection.request(call.command, call.path, body or None, passed)
                reply = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                what = f"{self._to.scheme}://{self._to.netloc} could not be asked: {error}"
                seen.status = 502
                seen.reply_headers = {"content-type": "application/json"}
                seen.chunks.append((time.monotonic() - began, call.fail(502, what)))
                return
            seen.status = reply.status
            kept = [(name.lower(), value) for name, value in reply.getheaders()]
            seen.reply_headers = {name: value for name, value in kept if name not in HOP}
            call.head(reply.status, seen.reply_headers)
            self._pass(call, reply, seen, began)
        finally:
            connection.close()

    def _pass(self, call: Call, reply: http.client.HTTPResponse, seen: Seen, began: float) -> None:
        while True:
            try:
                data = reply.read1(1 << 16)
            except (OSError, http.client.HTTPException):
                seen.cut = True
                call.hang_up()
                return
            if not data:
                return
            with self._lock:
                self._left -= len(data)
            if not self.full:
                seen.chunks.append((time.monotonic() - began, data))
            call.send(data)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._to.hostname or "", self._to.port
        if self._to.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=_SECONDS)
        return http.client.HTTPConnection(host, port, timeout=_SECONDS)

    def exchanges(self, places: Places, vault: Vault) -> tuple[Exchange, ...]:
        """Return what went through, without secrets and paths; what got no answer is left out."""
        with self._lock:
            seen = [each for each in self._seen if each.status]
        return tuple(_exchange(each, places, vault) for each in seen)


def _exchange(seen: Seen, places: Places, vault: Vault) -> Exchange:
    def plain(data: bytes) -> str:
        return places.pack(vault.hide_bytes(data)).decode("utf-8", "backslashreplace")

    asked = question(seen.method, seen.path, seen.headers, seen.body)
    return Exchange(
        method=seen.method,
        path=seen.path,
        conversation="" if asked is None else plain(asked.conversation.encode()),
        headers=_told(seen.headers, vault),
        body=plain(seen.body),
        status=seen.status,
        reply_headers=_told(seen.reply_headers, vault),
        pieces=tuple(Piece(at=at, text=plain(data)) for at, data in _pieces(seen, places)),
        cut=seen.cut,
    )


def _pieces(seen: Seen, places: Places) -> Sequence[tuple[float, bytes]]:
    """Return the answer in pieces that can be looked through."""
    if not seen.chunks:
        return ()
    if "text/event-stream" not in seen.reply_headers.get("content-type", ""):
        return [(seen.chunks[-1][0], b"".join(data for _, data in seen.chunks))]
    cut = events(seen.chunks)
    stitched = stitch([data for _, data in cut], places.paths)
    return [(at, data) for (at, _), data in zip(cut, stitched, strict=True)]


def _told(headers: Mapping[str, str], vault: Vault) -> dict[str, str]:
    """Return the headers that are written down."""
    told = {name: vault.hide(value) for name, value in headers.items() if name in TOLD}
    return told | {name: HIDDEN for name in headers if name in CREDENTIALS}
