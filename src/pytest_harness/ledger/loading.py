"""Reading one record from one file."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pytest_harness.errors import SchemaError
from pytest_harness.ledger.files import explained
from pytest_harness.records import Record

RecordT = TypeVar("RecordT", bound=Record)


def load(kind: type[RecordT], path: Path) -> RecordT | None:
    """Read the record in ``path``; ``None`` if there is none.

    An empty file counts as none: what was not flushed can be empty after a power cut.
    Raises `SchemaError` when it is no such record, or one of another schema, and `LedgerError` when
    it cannot be read.
    """
    with explained(path, writing=False):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
    return parse(kind, data, str(path)) if data.strip(b"\0\n ") else None


def parse(kind: type[RecordT], data: bytes, where: str) -> RecordT:
    """Read a record and say ``where`` it came from if that fails."""
    try:
        return kind.from_json(data)
    except SchemaError as error:
        raise SchemaError(f"{where}: {error}") from error
