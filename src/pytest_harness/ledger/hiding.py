"""Records without secrets."""

from __future__ import annotations

from typing import TypeVar

from pytest_harness.records import Record, RunRecord
from pytest_harness.redaction import Vault

_R = TypeVar("_R", bound=Record)

NAMES = frozenset(
    {
        "artifacts",
        "attempt",
        "backend",
        "best",
        "cell",
        "cells",
        "directory",
        "fingerprint",
        "id",
        "key",
        "model",
        "nodeid",
        "original",
        "parent",
        "point",
        "provider",
        "root",
        "session",
        "target",
        "target_id",
        "tests",
        "worker",
        "workspace",
    }
)
"""Fields by which records and files are found again: names and paths, which are no secrets."""


def hidden(record: _R, vault: Vault) -> _R:
    """Return ``record`` with every secret in its texts replaced; names and numbers stay."""
    if not vault.spans(record.to_json()):
        return record
    keep = NAMES | {"name"} if isinstance(record, RunRecord) else NAMES
    document = vault.hide_json(record.model_dump(), keep=keep, numbers=False)
    return type(record).model_validate(document)
