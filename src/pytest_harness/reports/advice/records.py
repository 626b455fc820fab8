"""The records of advice: ranked models, and the support page."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from pytest_harness.records.base import SCHEMA, Count, Dollars, Record, Score, Seconds
from pytest_harness.reports.evidence.cell_records import Interval
from pytest_harness.reports.evidence.records import FormatResult
from pytest_harness.vocabulary import Confidence, ParityVerdict, ToolFormat


class RankedModel(Record):
    """One model and what speaks for it."""

    rank: Count | None
    """Its place among local or among hosted models, from 1; ``None`` without samples."""
    model: str
    """As ``vendor:model``."""
    local: bool
    """Whether a server of one's own serves it."""
    format: ToolFormat | None
    """The format to give it; ``None`` where both count alike, or nothing is known."""
    samples: Count
    """Cells that say something about it: those in ``format``, or all of them."""
    passed: Count
    """Samples with full marks."""
    rate: Score | None
    """Passed samples of all samples."""
    interval: Interval | None
    """Of the rate, with 95% confidence; its lower end decides the rank."""
    cost_usd: Dollars | None
    """Dollars for one sample; ``None`` if a price is unknown, or it has none."""
    tokens: float | None = Field(ge=0)
    """Tokens of input and output for one sample."""
    seconds: Seconds | None
    """From start to end of one sample."""
    not_counted: dict[str, Count]
    """Cells that are no samples, by the class of the fault or the outcome."""
    caveats: tuple[str, ...]
    """What the rank leaves open, in sentences without a full stop."""


class Ranking(Record):
    """Models by what was measured."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    source: str | None
    """File with the evidence; ``None`` if there is none."""
    run: str | None
    """Name of the run that it is about."""
    date: date | None
    """Day on which the run was started, in UTC."""
    models: tuple[RankedModel, ...]
    """Hosted models, then local ones, the best of each first."""
    reason: str | None
    """Why there are no models; ``None`` if there are some."""


class BackendLine(Record):
    """A backend that ships."""

    name: str
    """Its id."""
    provider: str
    """Its adapter."""


class ProviderLine(Record):
    """An adapter that ships."""

    name: str
    """As in ``harness.toml``."""
    program: str | None
    """The program that it runs; ``None`` if it runs none, or any."""
    tested: tuple[str, str] | None
    """The lowest and the highest version of that which were tested."""
    reports_cost: bool
    """Whether it says what a proposal cost in dollars."""
    options: tuple[str, ...]
    """Keys of its own in ``harness.toml``."""


class VendorLine(Record):
    """A vendor that ships."""

    name: str
    """As in selectors."""
    other_names: tuple[str, ...]
    """Further names in selectors."""
    protocol: str
    """How its models are asked."""
    base_url: str | None
    """Address of its interface."""
    base_variable: str | None
    """Variable with another address."""
    keys: tuple[str, ...]
    """Variables with the key; the first that is set is used."""
    local: bool
    """Whether it is a server of one's own."""


class RuntimeLine(Record):
    """A runtime that ships."""

    name: str
    """As in options."""
    keys: tuple[str, ...]
    """Keys of its own in ``harness.toml``, limits left out."""


class MeasuredModel(Record):
    """What was measured of a model."""

    model: str
    """As ``vendor:model``."""
    local: bool
    """Whether a server of one's own serves it."""
    verdict: ParityVerdict
    """Which formats it can be trusted with."""
    confidence: Confidence
    """How much that rests on."""
    preferred: ToolFormat | None
    """The format to give it."""
    native: FormatResult
    """With the vendor's own tool calls."""
    text: FormatResult
    """With calls in the answer."""
    p_value: Score | None
    """Of McNemar's exact test on pairs; ``None`` if no pair differs."""


class Measured(Record):
    """What a run found out."""

    run: str
    """Its name."""
    date: date
    """Day on which it was started, in UTC."""
    path: str
    """The run, as a path below the project's root directory, or its name."""
    version: str | None
    """The version of pytest-harness that ran it."""
    models: tuple[MeasuredModel, ...]
    """Sorted by name."""


class Support(Record):
    """All of ``support.json``."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    backends: tuple[BackendLine, ...]
    """Sorted by name."""
    providers: tuple[ProviderLine, ...]
    """Sorted by name."""
    vendors: tuple[VendorLine, ...]
    """In the order in which they are known."""
    formats: tuple[ToolFormat, ...]
    """How plain models can be given tools."""
    runtimes: tuple[RuntimeLine, ...]
    """Where processes can run."""
    measured: Measured | None
    """What a run found out; ``None`` if none was named."""
