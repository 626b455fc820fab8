"""Records as bytes."""

from __future__ import annotations

from pytest_harness.errors import LedgerError
from pytest_harness.records import SCHEMA, Record

_BEFORE_CELL = b'{"line":"cell","schema_version":%d,"cell":' % SCHEMA
_AFTER_CELL = b"}"


def encode(record: Record) -> bytes:
    """Return ``record`` as one line of JSON, without newline.

    A record is validated when it is made but not when it is copied with changes, and what is no
    number would become ``null`` without a word; so it is validated again.
    Raises `LedgerError` when it holds what a record may not hold.
    """
    try:
        type(record).model_validate(record.model_dump())
    except ValueError as error:
        raise LedgerError(
            f"a {type(record).__name__} holds what no record may hold and was not written; "
            f"report this as a defect of pytest-harness ({_first(error)})"
        ) from error
    return record.to_json()


def cell_line(cell: bytes) -> bytes:
    """Return the ledger's line, without newline, for the encoded record of a cell."""
    return _BEFORE_CELL + cell + _AFTER_CELL


def _first(error: ValueError) -> str:
    return " ".join(str(error).splitlines()[1:3])
