"""A recorded proposal, and the directory of recordings.

A cassette is a directory: ``record.json`` with a `Cassette`, ``workspace.patch``, and the streams
of the proposal. It holds no secret and no absolute path of the proposal.
"""

from __future__ import annotations

import enum
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from pytest_harness.backends.base import Backend, ProposalRequest
from pytest_harness.errors import BackendError, SchemaError
from pytest_harness.records import SCHEMA, ProposalRecord, Record
from pytest_harness.records.base import Count
from pytest_harness.vocabulary import Fault
from pytest_harness.workspace import remove_tree

RECORD: Final = "record.json"
"""File of a cassette that says what the others are."""


class Tape(enum.StrEnum):
    """The files of a cassette beside its record; all but the patch may be missing."""

    PATCH = "workspace.patch"
    EVENTS = "events.jsonl"
    STDOUT = "stdout.jsonl"
    STDERR = "stderr.txt"


class Cassette(Record):
    """One recorded proposal: what was asked, and what came of it."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    cell: str
    """Key of the cell."""
    round: Count
    """Which proposal of the cell, from 1."""
    attempt: Count
    """Which attempt at it, from 1."""
    backend: str
    """The backend's id."""
    provider: str
    """The adapter that drove it."""
    model: str | None = None
    """The model that was asked for."""
    version: str | None = None
    """What the program said of itself before the cell began."""
    settings: dict[str, str] = Field(default_factory=dict)
    """The backend's settings."""
    prompt: str
    """SHA-256 of the prompt, with placeholders for paths, in hexadecimal."""
    before: str
    """Digest of the workspace as it was given."""
    after: str
    """Digest of the workspace as it was left."""
    removed: tuple[str, ...] = ()
    """Directories that are gone."""
    directories: dict[str, int] = Field(default_factory=dict)
    """Directories that a patch does not make, with their modes."""
    modes: dict[str, int] = Field(default_factory=dict)
    """Modes of the files that changed."""
    files: dict[Tape, str] = Field(default_factory=dict)
    """SHA-256 of the other files, in hexadecimal."""
    proposal: ProposalRecord
    """What the backend told, with placeholders for paths."""


def refusal(reason: str) -> BackendError:
    """Return the error about a recording that is missing, or not of what is asked for."""
    return BackendError(Fault.INTERNAL, reason)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A cassette with all its files."""

    cassette: Cassette
    """What it is."""
    files: Mapping[Tape, bytes]
    """What it holds."""


@dataclass(slots=True)
class Library:
    """A directory of cassettes, one for each proposal of each cell."""

    root: Path
    """Absolute."""
    _versions: dict[tuple[object, object, object], frozenset[str]] | None = field(
        init=False, default=None
    )

    def place(self, request: ProposalRequest) -> Path:
        """Return where the cassette of a proposal lies; it need not exist."""
        return self.root / request.directory / _name(request.round, request.attempt)

    def prepare(self, request: ProposalRequest) -> None:
        """Make the directory of a cell; raises `BackendError` if that cannot be."""
        folder = self.place(request).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            writable = os.access(folder, os.W_OK)
        except OSError as error:
            raise refusal(
                f"{folder} cannot be made: {error.strerror}; choose another --harness-record"
            ) from error
        if not writable:
            raise refusal(f"{folder} is read-only; choose another --harness-record")

    def keep(
        self, request: ProposalRequest, cassette: Cassette, files: Mapping[Tape, bytes]
    ) -> None:
        """Write a cassette whole, in the place of an older one of the same proposal.

        What was recorded of later proposals of the cell belonged to that, and goes with it. Raises
        `OSError`.
        """
        place = self.place(request)
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        try:
            sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
            whole = cassette.model_copy(update={"files": sums})
            for name, data in files.items():
                (draft / name).write_bytes(data)
            (draft / RECORD).write_bytes(whole.to_json(indent=1) + b"\n")
            draft.chmod(0o755)
            _put(draft, place)
        finally:
            remove_tree(draft)
        for other in place.parent.iterdir():
            number = _number(other.name)
            if number is not None and number > (request.round, request.attempt):
                remove_tree(other)

    def load(self, request: ProposalRequest) -> Loaded:
        """Read the cassette of a proposal.

        Raises `BackendError` if there is none, or none that can be read.
        """
        place = self.place(request)
        again = f"record it again with --harness-record={self.root}"
        try:
            text = (place / RECORD).read_bytes()
        except FileNotFoundError:
            what = f"proposal {request.round}"
            if request.attempt > 1:
                what += f", attempt {request.attempt},"
            raise refusal(
                f"{what} of {request.cell} was not recorded in {self.root}; "
                f"record it with --harness-record={self.root}"
            ) from None
        except OSError as error:
            raise refusal(f"{place} cannot be read: {error.strerror}; {again}") from error
        schema = _document(text).get("schema_version", SCHEMA)
        if schema != SCHEMA:
            raise refusal(
                f"the recording {place} has schema {schema!r} and this version reads {SCHEMA}; "
                f"{again}"
            )
        try:
            cassette = Cassette.from_json(text)
        except SchemaError:
            raise refusal(f"the recording {place / RECORD} is damaged; {again}") from None
        files: dict[Tape, bytes] = {}
        for name, digest in cassette.files.items():
            path = place / name
            data = path.read_bytes() if path.is_file() else b""
            if hashlib.sha256(data).hexdigest() != digest:
                raise refusal(f"{path} is not as it was recorded; {again}")
            files[name] = data
        return Loaded(cassette, files)

    def versions(self, backend: Backend) -> frozenset[str]:
        """Return the program versions with which proposals of a backend were recorded."""
        if self._versions is None:
            found: dict[tuple[object, object, object], set[str]] = {}
            for document in self._documents():
                key = (document.get("backend"), document.get("provider"), document.get("model"))
                known = found.setdefault(key, set())
                if isinstance(version := document.get("version"), str):
                    known.add(version)
            self._versions = {key: frozenset(known) for key, known in found.items()}
        return self._versions.get((backend.id, backend.provider, backend.model), frozenset())

    def _documents(self) -> Iterator[dict[str, Any]]:
        """Yield what is in the records; one that cannot be read is refused when it is wanted."""
        for path in sorted(self.root.glob(f"*/*/c*/{RECORD}")):
            try:
                yield _document(path.read_bytes())
            except OSError:
                continue


def _document(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _name(round_: int, attempt: int) -> str:
    """Name a cassette: ``c0001``, and ``c0001.2`` for the second attempt."""
    return f"c{round_:04d}" if attempt == 1 else f"c{round_:04d}.{attempt}"


def _number(name: str) -> tuple[int, int] | None:
    """Return round and attempt of a cassette's name; ``None`` for anything else."""
    round_, _, attempt = name.removeprefix("c").partition(".")
    if not name.startswith("c") or not round_.isdigit() or not (attempt or "1").isdigit():
        return None
    return int(round_), int(attempt or 1)


def _put(draft: Path, place: Path) -> None:
    """Bring a directory to its place by rename; others who do the same wait."""
    held = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if os.path.lexists(place):
            old = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent))
            place.rename(old / place.name)
            remove_tree(old)
        draft.rename(place)
    finally:
        os.close(held)
