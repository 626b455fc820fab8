"""Asking a server of one's own for one JSON document."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pytest_harness.errors import ConfigurationError
from pytest_harness.model.vendors import Protocol, Vendor

CONNECT = 1.0
"""Seconds until somebody must have taken the call."""
ANSWER = 5.0
"""Seconds for the whole answer, unless the caller says otherwise."""
LARGEST = 8 << 20
"""Bytes of the largest answer that is read."""
_PIECE = 64 << 10


class NoServerError(Exception):
    """Nobody answers at an address."""


class OddAnswerError(Exception):
    """Somebody answers, and not as such a server does; the message says how."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        """The HTTP status, if it is that which is wrong."""


def ask(
    vendor: Vendor,
    environment: Mapping[str, str],
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    limit: float = ANSWER,
) -> Any:
    """Send ``GET``, or ``POST`` with a body, below the vendor's address; return the document.

    No proxy is used, no redirection followed, and no more than `LARGEST` bytes are read, for at
    most about ``limit`` seconds. Raises `NoServerError`, `OddAnswerError`, and
    `ConfigurationError` for an address that is none.
    """
    connection, root = _connection(vendor, environment)
    deadline = time.monotonic() + limit
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NoServerError(str(error)) from error
        connection.sock.settimeout(limit)
        headers = {"Accept": "application/json", "Connection": "close"}
        if (key := vendor.key(environment)) is not None:
            headers["Authorization"] = f"Bearer {environment[key].strip()}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            connection.request("GET" if data is None else "POST", root + path, data, headers)
            with connection.getresponse() as response:
                return _document(response, deadline)
        except TimeoutError as error:
            raise OddAnswerError("it does not answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            raise OddAnswerError("it breaks off its answer") from error
    finally:
        connection.close()


def names(document: object, *, key: str) -> list[Mapping[str, Any]]:
    """Return the entries of a list under ``key``; raises `OddAnswerError` if there is none."""
    entries = document.get(key) if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise OddAnswerError("it lists no models")
    return [each for each in entries if isinstance(each, dict)]


def listed(
    vendor: Vendor, environment: Mapping[str, str], *, limit: float = ANSWER
) -> list[Mapping[str, Any]]:
    """Return what a server says of each of its models; raises what `ask` raises."""
    document = ask(vendor, environment, vendor.models_path, limit=limit)
    return names(document, key="models" if vendor.protocol is Protocol.OLLAMA else "data")


def name_of(entry: Mapping[str, Any]) -> str:
    """Return the name of a model in a list of Ollama or of an OpenAI-compatible server."""
    for key in ("id", "model", "name"):
        found = entry.get(key)
        if isinstance(found, str) and found:
            return found
    return ""


def same(one: str, other: str) -> bool:
    """Whether two names are one model of Ollama: ``:latest`` may be left out."""
    return one.removesuffix(":latest") == other.removesuffix(":latest")


def _connection(
    vendor: Vendor, environment: Mapping[str, str]
) -> tuple[http.client.HTTPConnection, str]:
    address = vendor.address(environment)
    parts = urlsplit(address)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(
            f"{address} of {vendor.name} is no address ({error}); "
            "give one like http://127.0.0.1:8000/v1"
        ) from None
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=CONNECT), parts.path.rstrip("/")


def _document(response: http.client.HTTPResponse, deadline: float) -> Any:
    if response.status != http.client.OK:
        raise OddAnswerError(f"it answers with status {response.status}", response.status)
    data = bytearray()
    while piece := response.read1(_PIECE):
        data += piece
        if len(data) > LARGEST:
            raise OddAnswerError(f"its answer is larger than {LARGEST >> 20} MiB")
        if time.monotonic() > deadline:
            raise OddAnswerError("it does not answer in time")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise OddAnswerError("its answer is no JSON") from error
