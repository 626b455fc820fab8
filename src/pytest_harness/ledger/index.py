"""Where in a ledger the last line of each cell and each test lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic_core

from pytest_harness.errors import SchemaError
from pytest_harness.ledger.journal import Line, read_lines
from pytest_harness.records import SCHEMA


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the ledger."""

    number: int
    """From 1."""
    offset: int
    """Where it begins, in bytes."""
    length: int
    """How long it is, in bytes, without the newline."""
    cell: str | None
    """Key of the cell that it is about."""


class LineIndex:
    """Holds places, not records, so that a long ledger costs little memory."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._end = 0
        self._lines = 0
        self.cells: dict[str, Place] = {}
        """The last line of each cell, by key."""
        self.tests: dict[str, Place] = {}
        """The last line of each test, by its full name."""

    def refresh(self) -> None:
        """Take in what was appended since the last time.

        Raises `SchemaError` when a line is none of ours, and `OSError`.
        """
        for line in read_lines(self._ledger, self._end):
            self._lines += 1
            self._add(line)
            self._end = line.end

    def _add(self, line: Line) -> None:
        document = self._parse(line)
        match document:
            case {"line": "cell", "cell": {"key": str(key)}}:
                self.cells[key] = self._place(line, key)
            case {"line": "test", "nodeid": str(nodeid), "cell": str() | None as cell}:
                self.tests[nodeid] = self._place(line, cell)
            case _:
                raise SchemaError(
                    f"line {self._lines} of {self._ledger} is neither a cell nor a test; "
                    "remove it, and --harness-resume brings back a cell that it held"
                )

    def _parse(self, line: Line) -> dict[str, Any]:
        try:
            document: Any = pydantic_core.from_json(line.data)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise SchemaError(
                f"line {self._lines} of {self._ledger} is damaged; "
                "remove it, and --harness-resume brings back a cell that it held"
            )
        schema = document.get("schema_version")
        if schema != SCHEMA:
            raise SchemaError(
                f"line {self._lines} of {self._ledger} has schema {schema!r} and this version "
                f"reads {SCHEMA}; read it with the version of pytest-harness that wrote it"
            )
        return document

    def _place(self, line: Line, cell: str | None) -> Place:
        return Place(self._lines, line.offset, len(line.data), cell)
