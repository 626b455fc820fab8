"""Bringing the ledger up to what the cells' own files say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pytest_harness.ledger.encoding import cell_line
from pytest_harness.ledger.journal import appending, read_lines
from pytest_harness.ledger.layout import CELL_FILE, CELLS, LEDGER_FILE
from pytest_harness.ledger.loading import load
from pytest_harness.records import CellRecord
from pytest_harness.vocabulary import CellStatus


def sweep(run: Path) -> int:
    """Append the finished cells that the ledger of ``run`` lacks; return how many they were.

    Raises `OSError`, and `SchemaError` when another version wrote a cell.
    """
    with appending(run) as ledger:
        # A line is made of the very bytes of its cell's file, so comparing needs no parsing.
        known = {_digest(line.data) for line in read_lines(run / LEDGER_FILE)}
        appended = 0
        for path in cell_files(run):
            if _digest(cell_line(path.read_bytes().rstrip(b"\n"))) in known:
                continue
            record = load(CellRecord, path)
            if record is None or record.status is not CellStatus.FINISHED:
                continue
            line = cell_line(record.to_json())
            if _digest(line) not in known:
                ledger.append(line)
                appended += 1
    return appended


def cell_files(run: Path) -> Iterator[Path]:
    """Yield the ``cell.json`` of every cell, by target and name."""
    return iter(sorted((run / CELLS).glob(f"*/*/{CELL_FILE}")))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
