"""JSON-RPC 2.0, one message a line, as programs speak it over their standard streams."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field

from pytest_harness.backends.json_lines import Json, document, table

METHOD_NOT_FOUND = -32601
"""Code of the error for a request that is not known."""

OPEN = 1000
"""Requests without an answer that are remembered."""

Id = int | str


class MessageKind(enum.StrEnum):
    """What a message is."""

    REQUEST = "request"
    """The other side asks, and waits for an answer with the same id."""
    NOTIFICATION = "notification"
    """The other side tells."""
    RESULT = "result"
    """The answer to a request of ours."""
    ERROR = "error"
    """The refusal of a request of ours, or of something that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the other side."""

    kind: MessageKind
    """What it is."""
    method: str = ""
    """What is asked or told; of an answer, what was asked, where `JsonRpc` knows."""
    id: Id | None = None
    """What ties an answer to its request; ``None`` for a notification."""
    params: Json = field(default_factory=dict)
    """Of a request or a notification; empty where they are no object."""
    result: Json = field(default_factory=dict)
    """Of an answer; empty where it is no object."""
    error: str = ""
    """Why a request was refused."""
    code: int | None = None
    """Number of that reason."""
    data: object = None
    """Whatever else was said about that reason."""


def read(line: bytes) -> Message | None:
    """Read one line; ``None`` for one that is no message. Nothing raises."""
    found = document(line)
    if found is None:
        return None
    identity = _id(found.get("id"))
    method = found.get("method")
    if isinstance(method, str):
        asked = identity is not None
        kind = MessageKind.REQUEST if asked else MessageKind.NOTIFICATION
        return Message(kind=kind, method=method, id=identity, params=table(found.get("params")))
    error = found.get("error")
    if error is not None:
        return _refused(identity, error)
    if identity is None or "result" not in found:
        return None
    return Message(kind=MessageKind.RESULT, id=identity, result=table(found["result"]))


class JsonRpc:
    """Our side of a connection: numbers requests, and knows which one an answer belongs to.

    Answers may come in any order, and notifications before the answer to what caused them.
    """

    def __init__(self, *, version: bool = True) -> None:
        """Take whether messages name the version of the protocol; some programs leave it out."""
        self._head: Json = {"jsonrpc": "2.0"} if version else {}
        self._last = 0
        self._open: dict[Id, str] = {}

    def request(self, method: str, params: Json | None = None) -> bytes:
        """Return a request with an id of its own, counted from 1."""
        self._last += 1
        if len(self._open) < OPEN:
            self._open[self._last] = method
        return self._line({"id": self._last, "method": method, "params": params or {}})

    def notify(self, method: str, params: Json | None = None) -> bytes:
        """Return a message that wants no answer."""
        return self._line({"method": method, "params": params or {}})

    def reply(self, id_: Id, result: object) -> bytes:
        """Return the answer to a request of the other side."""
        return self._line({"id": id_, "result": result})

    def refuse(self, id_: Id, message: str, code: int = METHOD_NOT_FOUND) -> bytes:
        """Return the refusal of a request of the other side."""
        return self._line({"id": id_, "error": {"code": code, "message": message}})

    def read(self, line: bytes) -> Message | None:
        """Read one line, and note the request that it answers; ``None`` if it is no message.

        An answer to nothing that was asked, or a second one, has no ``method``.
        """
        message = read(line)
        if message is None or message.id is None or message.method:
            return message
        method = self._open.pop(message.id, "")
        return Message(
            kind=message.kind,
            method=method,
            id=message.id,
            result=message.result,
            error=message.error,
            code=message.code,
            data=message.data,
        )

    def _line(self, message: Json) -> bytes:
        """Write a message as one line, its newline included."""
        text = json.dumps({**self._head, **message}, ensure_ascii=False, allow_nan=False)
        # Half of a surrogate pair can stand in a path; UTF-8 has no bytes for it.
        return text.encode("utf-8", "backslashreplace") + b"\n"


def _refused(identity: Id | None, error: object) -> Message:
    """Read a refusal."""
    details = table(error)
    code = details.get("code")
    said = details.get("message")
    return Message(
        kind=MessageKind.ERROR,
        id=identity,
        error=said if isinstance(said, str) and said else json.dumps(error, ensure_ascii=False),
        code=code if isinstance(code, int) and not isinstance(code, bool) else None,
        data=details.get("data"),
    )


def _id(value: object) -> Id | None:
    """Return an id, if it is one."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
