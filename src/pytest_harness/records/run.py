"""A run, and the lines of its ledger."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from pytest_harness.records.base import SCHEMA, Record, Seconds
from pytest_harness.records.cell import CellRecord


class TestLine(Record):
    """A test that used a cell, and how it ended."""

    __test__: ClassVar[bool] = False  # pytest would collect the class by its name

    line: Literal["test"] = "test"
    """Which kind of line this is."""
    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    nodeid: str
    """The test's full name."""
    cell: str | None
    """Key of the cell; ``None`` if it never got one."""
    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
    """As pytest shows it."""
    duration: Seconds
    """Seconds over set-up, call and teardown."""
    message: str = ""
    """First line of why it failed or was skipped."""
    longrepr: str = ""
    """The failure's text, shortened."""
    session: str
    """The session."""
    worker: str
    """The process."""
    at: datetime
    """When it ended."""


class CellLine(Record):
    """A finished cell."""

    line: Literal["cell"] = "cell"
    """Which kind of line this is."""
    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    cell: CellRecord
    """The same as in its ``cell.json``."""


class RunRecord(Record):
    """Who ran what, when, and with which settings."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    name: str
    """The run's directory name."""
    session: str
    """The session that made it."""
    started_at: datetime
    """When."""
    root: str
    """The project's root directory, absolute."""
    command: tuple[str, ...] = ()
    """How pytest was called."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Options that were given, by name, as text; no secret is an option."""
    defaulted: bool = False
    """Whether the backend is ``fake`` because nothing was given."""
    versions: dict[str, str] = Field(default_factory=dict)
    """pytest-harness, pytest, Python, and the system."""
    commit: str | None = None
    """The project's commit, if git knows."""
    branch: str | None = None
    """The project's branch."""
    dirty: bool | None = None
    """Whether the project had uncommitted changes."""
    ci_job: str | None = None
    """Address or name of the CI job, from its well-known variables."""
    local_vendors: tuple[str, ...] = ()
    """Vendors of plain models that are servers of the user's own."""
    cells: tuple[str, ...] = ()
    """Keys of the cells that were selected, in the order of the matrix."""
    tests: dict[str, str] = Field(default_factory=dict)
    """Key of the cell that each selected test asks for, by the test's full name."""
