"""A cell, whole."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from pytest_harness.records.base import SCHEMA, Record, Seconds
from pytest_harness.records.candidate import CandidateRecord
from pytest_harness.records.spending import Spending
from pytest_harness.vocabulary import (
    CellStatus,
    Fault,
    Kind,
    Lack,
    Outcome,
    Phase,
    ToolFormat,
)


class Point(Record):
    """A point of the matrix."""

    backend: str
    """Backend id."""
    model: str | None = None
    """Model, if one was named."""
    format: ToolFormat | None = None
    """Tool format, for the backend ``model`` only."""
    variant: str | None = None
    """Variant, if the target has any."""
    trial: Annotated[int, Field(ge=1)] = 1
    """From 1."""


class CellRecord(Record):
    """One cell: the truth about it."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    key: str
    """Identity within a project: where the target is defined, its name, the point, parameters."""
    target: str
    """The target's name."""
    target_id: str
    """The target's directory name within the run, unique."""
    id: str
    """The cell's id, as in the test's brackets."""
    directory: str
    """The cell's directory name below its target's, unique."""
    point: Point
    """Where in the matrix it lies."""
    kind: Kind
    """What the target asks for."""
    budget: Annotated[int, Field(ge=1)]
    """How many proposals it may spend."""
    runtime: str
    """Where the backend runs."""
    fingerprint: str
    """Digest of all that the result depends on."""
    status: CellStatus
    """Started or finished."""
    session: str
    """The session that ran it."""
    worker: str
    """The process that ran it: ``gw0``, or ``main``."""
    pid: int
    """That process."""
    started_at: datetime
    """When it began."""
    ended_at: datetime | None = None
    """When it was finished."""
    workspace: str = ""
    """The target's workspace, relative to the project's root, for `apply`."""
    original: str | None = None
    """Where the run keeps the target's workspace as it was, relative to the run directory."""
    outcome: Outcome | None = None
    """Of its best candidate, or of its last if none was kept; ``None`` if there is none."""
    fault: Fault | None = None
    """Why the cell says nothing about the agent."""
    reason: str = ""
    """One sentence about the outcome or the fault."""
    lacks: Lack | None = None
    """What is missing, where the backend is not available."""
    withheld: bool = False
    """Whether a cap, or too many faults in a row, kept proposals from being made."""
    best: str | None = None
    """Id of the best candidate."""
    attempt: str | None = None
    """Id of a task's only candidate."""
    candidates: tuple[CandidateRecord, ...] = ()
    """The baseline and every proposal, in order."""
    backend_version: str | None = None
    """What the program says of itself."""
    spending: Spending = Spending()
    """All tokens and dollars."""
    durations: dict[Phase, Seconds] = Field(default_factory=dict)
    """Seconds by phase, over all candidates."""
    duration: Seconds = 0.0
    """Seconds from start to end, without waiting for a slot."""
    notes: tuple[str, ...] = ()
    """Sentences about what was noticed and is no fault."""

    def candidate(self, name: str | None) -> CandidateRecord | None:
        """Return the candidate called ``name``, or ``None``."""
        return next((each for each in self.candidates if each.id == name), None)
