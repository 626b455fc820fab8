"""Reading the files of evidence again."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pytest_harness.errors import LedgerError, SchemaError
from pytest_harness.ledger.files import explained
from pytest_harness.ledger.loading import parse
from pytest_harness.reports.evidence.records import (
    PARITY_SCHEMA,
    LocalReadiness,
    ParityFile,
    Summary,
)


def read_summary(path: Path) -> Summary:
    """Read ``summary.json``.

    Raises `LedgerError` when it cannot be read, and `SchemaError` when it is none, or one of
    another version.
    """
    return parse(Summary, _bytes(path), str(path))


def read_readiness(path: Path) -> LocalReadiness:
    """Read ``local_readiness.json``; raises as `read_summary` does."""
    return parse(LocalReadiness, _bytes(path), str(path))


def read_evidence(path: Path) -> Summary | LocalReadiness:
    """Read either of the two; raises as `read_summary` does."""
    data = _bytes(path)
    try:
        return Summary.from_json(data)
    except SchemaError as error:
        try:
            return LocalReadiness.from_json(data)
        except SchemaError as other:
            # The name tells which of them a damaged file should have been.
            why = other if "readiness" in path.name else error
            raise SchemaError(f"{path}: {why}") from other


def read_parity(path: Path) -> ParityFile:
    """Read ``tool_mode_parity.toml``; raises as `read_summary` does."""
    data = _bytes(path)
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise SchemaError(
            f"{path} is damaged: it is not TOML in UTF-8; "
            "make it again with: pytest-harness evidence RUN"
        ) from error
    schema = document.get("schema")
    if type(schema) is not int or schema != PARITY_SCHEMA:
        raise SchemaError(
            f"{path} has schema {schema!r} and this version reads {PARITY_SCHEMA}; "
            "make it again with: pytest-harness evidence RUN"
        )
    try:
        return ParityFile.model_validate(document)
    except ValueError as error:
        raise SchemaError(
            f"{path} is damaged: its fields are not those of schema {PARITY_SCHEMA}; "
            "make it again with: pytest-harness evidence RUN"
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        with explained(path, writing=False):
            return path.read_bytes()
    except LedgerError:
        if path.exists():
            raise
        raise LedgerError(
            f"there is no file {path}; name another one, or make it: pytest-harness evidence RUN"
        ) from None
