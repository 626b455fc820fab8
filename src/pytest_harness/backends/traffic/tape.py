"""The recorded traffic of one proposal: a file of JSON lines, a head and then the exchanges."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from pytest_harness.backends.base import ProposalRequest
from pytest_harness.errors import BackendError, SchemaError
from pytest_harness.records import SCHEMA, Point, Record
from pytest_harness.records.base import Count, Seconds
from pytest_harness.vocabulary import Fault

SUFFIX: Final = ".jsonl"
"""How the names of the files end."""


class Piece(Record):
    """A part of an answer, as it came."""

    at: Seconds
    """Seconds after the request."""
    text: str
    """What came; of a stream whole events."""


class Exchange(Record):
    """One request and its answer. Credentials are hidden, and paths are placeholders."""

    method: str
    """``GET``, ``POST`` and so on."""
    path: str
    """Below the path of the endpoint's address; without query."""
    conversation: str = ""
    """What tells one conversation from another; empty if it asks no model."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Of the request, those that say something; names in lower case."""
    body: str = ""
    """Of the request."""
    status: int
    """Of the answer."""
    reply_headers: dict[str, str] = Field(default_factory=dict)
    """Of the answer, those that say something; names in lower case."""
    pieces: tuple[Piece, ...] = ()
    """The answer."""
    cut: bool = False
    """Whether the connection broke off in the middle of the answer."""


class Head(Record):
    """What the traffic belongs to."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    cell: str
    """Key of the cell."""
    point: Point | None = None
    """Where in the matrix it lies."""
    round: Count
    """Which proposal, from 1."""
    attempt: Count
    """Which attempt at it, from 1."""
    backend: str
    """The backend's id."""
    provider: str
    """Its adapter."""
    model: str | None = None
    """The model that was asked for."""
    version: str | None = None
    """What the program said of itself."""
    exchanges: Count
    """How many lines follow."""


@dataclass(frozen=True, slots=True)
class Tape:
    """One file."""

    head: Head
    """Its first line."""
    exchanges: tuple[Exchange, ...]
    """The others, in the order of their requests."""

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all. Raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [self.head.to_json(), *(each.to_json() for each in self.exchanges)]
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(line + b"\n" for line in lines)
            draft = Path(name)
            draft.chmod(0o644)
            draft.replace(path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise

    @classmethod
    def read(cls, path: Path) -> Tape:
        """Read a file; raises `BackendError` with one sentence."""
        again = "record it again with --harness-record-traffic"
        try:
            first, *rest = path.read_bytes().splitlines() or [b""]
            head = Head.from_json(first)
            exchanges = tuple(map(Exchange.from_json, rest))
        except OSError as error:
            raise refused(f"{path} cannot be read: {error.strerror}; {again}") from error
        except SchemaError as error:
            raise refused(f"the traffic in {path} cannot be read: {error}; or {again}") from error
        if len(exchanges) != head.exchanges:
            raise refused(f"{path} was cut: {len(exchanges)} of {head.exchanges} are left; {again}")
        return cls(head, exchanges)


def refused(reason: str) -> BackendError:
    """Return the error about traffic that cannot be played back."""
    return BackendError(Fault.INTERNAL, reason)


def file_of(folder: Path, request: ProposalRequest) -> Path:
    """Return the file of a proposal in the directory of its cell."""
    suffix = "" if request.attempt == 1 else f".{request.attempt}"
    return folder / f"c{request.round:04d}{suffix}{SUFFIX}"


def find(root: Path, request: ProposalRequest, backend: str) -> Path:
    """Return the file for a proposal: ``root``, or one in it, or one of a cell below it.

    The cell is that of the same target, backend, format, variant and trial. Raises `BackendError`
    if there is none, or more than one.
    """
    if root.is_file():
        return root
    if any(root.glob(f"c*{SUFFIX}")):
        return file_of(root, request)
    target = request.directory.partition("/")[0]
    fitting = [
        folder
        for folder in sorted((root / target).glob("*/"))
        for first in sorted(folder.glob(f"c*{SUFFIX}"))[:1]
        if _fits(Tape.read(first).head, request, backend)
    ]
    if not fitting:
        raise refused(
            f"no traffic of {backend} for {request.cell} lies in {root}; record it with "
            f"--harness-record-traffic={root}"
        )
    if len(fitting) > 1:
        raise refused(
            f"the traffic of several cells in {root} fits {request.cell}: "
            f"{', '.join(each.name for each in fitting)}; name the directory of one of them"
        )
    return file_of(fitting[0], request)


def _fits(head: Head, request: ProposalRequest, backend: str) -> bool:
    if head.backend != backend:
        return False
    if head.point is None or request.point is None:
        return True
    there, here = head.point, request.point
    return (there.format, there.variant, there.trial) == (here.format, here.variant, here.trial)
