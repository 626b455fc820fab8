"""The records of evidence: what its files hold.

Rates are of samples only: a cell at fault, or one that is no result of the agent, is counted apart.
What does not exist is ``None``.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Final, Literal

from pydantic import Field

from pytest_harness.records.base import SCHEMA, Count, Record, Score, Seconds
from pytest_harness.reports.evidence.cell_records import (
    CellEvidence,
    ChangeInterval,
    CheckLine,
    Contrast,
    Interval,
    Pair,
    RateChange,
    Refusal,
    Rollup,
    Rollups,
    Side,
    Tally,
)
from pytest_harness.vocabulary import Confidence, ParityVerdict, ToolFormat

__all__ = [
    "PARITY_SCHEMA",
    "Ablation",
    "CellEvidence",
    "ChangeInterval",
    "CheckLine",
    "Contrast",
    "Followup",
    "FollowupKind",
    "FormatResult",
    "Interval",
    "LocalModel",
    "LocalReadiness",
    "Pair",
    "ParityEntry",
    "ParityFile",
    "RateChange",
    "Readiness",
    "Refusal",
    "Rollup",
    "Rollups",
    "Side",
    "Summary",
    "Tally",
]

PARITY_SCHEMA: Final = 1
"""Version of ``tool_mode_parity.toml``. A reader refuses any other."""


class Readiness(enum.StrEnum):
    """Whether a local model can be given work."""

    READY = "ready"
    NOT_READY = "not-ready"
    UNKNOWN = "unknown"
    """Too little evidence."""


class FollowupKind(enum.StrEnum):
    """What a candidate issue is about."""

    FAILURE = "failure"
    """A model fails a target."""
    REJECTED = "rejected"
    """Something that models wanted was kept from happening."""
    DIVERGENCE = "divergence"
    """A model passes in one format and fails in the other."""
    PRICE = "price"
    """Tokens were spent and nobody knows what they cost."""
    FAULT = "fault"
    """Cells say nothing about the agent."""


class FormatResult(Record):
    """What a model does in one format, over all targets."""

    samples: Count = 0
    """Cells that say something about the agent."""
    passed: Count = 0
    """Those with full marks."""
    repetitions: Count = 0
    """Different trials among the samples."""
    rate: Score | None = None
    """Passed samples of all samples."""
    interval: Interval | None = None
    """Of the rate."""


class ParityEntry(Record):
    """Which tool format one model can be trusted with."""

    verdict: ParityVerdict
    """The verdict."""
    confidence: Confidence
    """How much it rests on."""
    preferred: ToolFormat | None = None
    """The format to use; ``None`` where the verdict gives no reason for either."""
    native: FormatResult
    """With the vendor's own tool calls."""
    text: FormatResult
    """With calls in the answer."""
    difference: RateChange | None = None
    """The rate of ``native`` less that of ``text``."""
    interval: ChangeInterval | None = None
    """Of the difference, as of independent samples."""
    pairs: Count = 0
    """Pairs of samples of the same target, variant and trial."""
    native_only: Count = 0
    """Pairs of which only ``native`` passes."""
    text_only: Count = 0
    """Pairs of which only ``text`` passes."""
    paired_interval: ChangeInterval | None = None
    """Of the difference within the pairs."""
    p_value: Score | None = None
    """Of McNemar's exact test on the pairs; ``None`` if no pair differs."""
    evidence: str
    """The run, as a path below the project's root directory, or its name."""


class ParityFile(Record):
    """All of ``tool_mode_parity.toml``."""

    schema_version: Literal[1] = Field(default=PARITY_SCHEMA, alias="schema")
    """Version of the file; ``schema`` there."""
    run: str
    """Name of the run."""
    date: date
    """When the run was started, in UTC."""
    models: dict[str, ParityEntry] = Field(default_factory=dict)
    """By model, as ``vendor:model``, sorted."""


class Ablation(Record):
    """Two variants of the same cells of one model and format."""

    model: str
    """As ``vendor:model``."""
    format: ToolFormat
    """Tool format."""
    before: str
    """One variant, the first by name."""
    after: str
    """The other."""
    pairs: Count
    """Pairs of samples of the same target and trial."""
    both_pass: Count
    """Pairs that pass in both."""
    both_fail: Count
    """Pairs that fail in both."""
    recoveries: Count
    """Pairs that pass only in ``after``."""
    regressions: Count
    """Pairs that pass only in ``before``."""
    difference: RateChange | None
    """The rate of ``after`` less that of ``before`` within the pairs."""
    interval: ChangeInterval | None
    """Of the difference."""
    p_value: Score | None
    """Of McNemar's exact test; ``None`` if no pair differs."""


class Followup(Record):
    """A candidate issue."""

    kind: FollowupKind
    """What it is about."""
    title: str
    """One line."""
    detail: str
    """What was seen, in a sentence or two."""
    count: Count
    """How many cells, or rejections, it is about."""
    evidence: tuple[str, ...]
    """Directories of cells, relative to the run; the first 5."""


class Summary(Record):
    """All of ``summary.json``."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    run: str
    """Name of the run."""
    started_at: datetime
    """When it was started."""
    commit: str | None
    """The project's commit, if git knows."""
    version: str | None
    """The version of pytest-harness that ran it."""
    path: str
    """The run, as a path below the project's root directory, or its name."""
    other_cells: Count
    """Finished cells of other backends, of which nothing is told here."""
    unfinished: Count
    """Cells that were begun and not finished."""
    local: tuple[str, ...]
    """Models that a server of one's own serves."""
    totals: Tally
    """All cells of plain models."""
    rollups: Rollups
    """The same by what they have in common."""
    parity: dict[str, ParityEntry]
    """Verdicts by model."""
    contrasts: tuple[Contrast, ...]
    """Formats compared, by target and model."""
    pairs: tuple[Pair, ...]
    """Formats compared, one by one."""
    ablations: tuple[Ablation, ...]
    """Variants compared."""
    followups: tuple[Followup, ...]
    """Candidate issues."""


class LocalModel(Record):
    """Whether one local model can be given work."""

    model: str
    """As ``vendor:model``."""
    vendor: str
    """The kind of server."""
    verdict: Readiness
    """The verdict, on the format that it does best in."""
    best: ToolFormat | None
    """The format with the higher rate, ``native`` of equals; ``None`` without samples."""
    native: FormatResult
    """With the server's own tool calls."""
    text: FormatResult
    """With calls in the answer."""
    not_counted: dict[str, Count]
    """Cells that are no samples, by the class of the fault or the outcome."""
    tokens_per_second: float | None
    """Output tokens by the seconds of proposals, commands and files included."""
    seconds_per_cell: Seconds | None
    """Mean seconds of a sample, from start to end."""
    caveats: tuple[str, ...]
    """Sentences about what the verdict leaves open."""


class LocalReadiness(Record):
    """All of ``local_readiness.json``."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    run: str
    """Name of the run."""
    started_at: datetime
    """When it was started."""
    path: str
    """The run, as a path below the project's root directory, or its name."""
    models: tuple[LocalModel, ...]
    """Sorted by name."""
