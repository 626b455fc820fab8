"""The records of evidence: what was seen of cells, alone, in pairs, and counted.

Rates are of samples only: a cell at fault, or one that is no result of the agent, is counted apart.
What does not exist is ``None``: a rate of no samples, the cost that nobody knows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pytest_harness.records.base import SCHEMA, Count, Dollars, Record, Score, Seconds
from pytest_harness.vocabulary import Divergence, Fault, Outcome, RejectedBy, ToolFormat

RateChange = Annotated[float, Field(ge=-1, le=1)]
"""A difference of rates."""


class Interval(Record):
    """A confidence interval of 95% for a rate."""

    low: Score
    """Lower end."""
    high: Score
    """Upper end."""


class ChangeInterval(Record):
    """A confidence interval of 95% for a difference of rates."""

    low: RateChange
    """Lower end."""
    high: RateChange
    """Upper end."""


class Tally(Record):
    """What several cells come to."""

    cells: Count = 0
    """How many."""
    samples: Count = 0
    """Those that say something about the agent."""
    passed: Count = 0
    """Samples with full marks."""
    failed: Count = 0
    """All other samples."""
    rate: Score | None = None
    """Passed samples of all samples."""
    interval: Interval | None = None
    """Of the rate."""
    not_counted: dict[str, Count] = Field(default_factory=dict)
    """Cells that are no samples, by the class of the fault or the outcome."""
    rejected_calls: Count = 0
    """Calls that were not executed."""
    recovered: Count = 0
    """Calls of these after which a later one did what it was asked; turns sent back left out."""
    objections: Count = 0
    """Turns that the validator did not accept."""
    vetoes: Count = 0
    """Turns that the step judge did not accept."""
    tokens_input: Count | None = None
    """Tokens of the agent's own requests."""
    tokens_output: Count | None = None
    """Tokens of its answers."""
    turns: Count | None = None
    """Requests to the model."""
    cost_usd: Dollars | None = None
    """What the agent cost."""
    judge_cost_usd: Dollars | None = None
    """What reviews of its steps and results cost."""
    check_cost_usd: Dollars | None = None
    """What models cost that the checks asked."""
    unpriced: Count = 0
    """Cells whose tokens have no known price."""
    seconds: Seconds = 0.0
    """From start to end of each, added."""


class Rollup(Tally):
    """The cells that have one thing in common."""

    name: str
    """Their target, vendor, model, format or tool sequence."""


class Rollups(Record):
    """The same cells, put together in five ways."""

    target: tuple[Rollup, ...] = ()
    """By target."""
    vendor: tuple[Rollup, ...] = ()
    """By who serves the model."""
    model: tuple[Rollup, ...] = ()
    """By model, as ``vendor:model``."""
    format: tuple[Rollup, ...] = ()
    """By tool format."""
    tool_sequence: tuple[Rollup, ...] = ()
    """By the names of the tools, in the order in which they were called."""


class CheckLine(Record):
    """How one check ended."""

    name: str
    """The check."""
    status: str
    """As a word of `CheckStatus`."""
    score: Score | None
    """From 0 to 1; ``None`` if it has none."""


class Refusal(Record):
    """Rejections by one rule."""

    by: RejectedBy
    """Who kept it from happening."""
    rule: str
    """The rule; of a call, the tool's name."""
    count: Count
    """How often."""
    recovered: Count
    """How often a later call did what it was asked."""


class CellEvidence(Record):
    """One cell of a plain model: a line of ``per_run.jsonl``."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    key: str
    """The cell's identity within the project."""
    cell: str
    """Target and cell as a test shows them."""
    target: str
    """Label of the target, unique within the run."""
    vendor: str
    """Who serves the model."""
    model: str
    """As ``vendor:model``."""
    format: ToolFormat
    """Tool format."""
    variant: str | None
    """Variant, if the target has any."""
    trial: Count
    """From 1."""
    parameters: str
    """Parameters of the target that tell its cells apart; empty for none."""
    passed: bool | None
    """Whether it has full marks; ``None`` if it is no sample."""
    not_counted: str | None
    """Why it is no sample; ``None`` if it is one."""
    outcome: Outcome | None
    """The cell's outcome."""
    fault: Fault | None
    """The cell's fault."""
    reason: str
    """One sentence about either."""
    score: Score | None
    """The cell's score."""
    checks: tuple[CheckLine, ...]
    """The checks of its result."""
    tools: tuple[str, ...]
    """Names of the tools, in the order in which they were called."""
    refusals: tuple[Refusal, ...]
    """What was not done, by rule, as far as it is listed in the record."""
    rejected_calls: Count
    """Calls that were not executed."""
    recovered: Count
    """Calls of these after which a later one did what it was asked; turns sent back left out."""
    tokens_input: Count | None
    """Tokens of the agent's own requests."""
    tokens_output: Count | None
    """Tokens of its answers."""
    turns: Count | None
    """Requests to the model."""
    cost_usd: Dollars | None
    """What the agent cost."""
    judge_cost_usd: Dollars | None
    """What reviews of its steps and results cost."""
    check_cost_usd: Dollars | None
    """What models cost that the checks asked."""
    unpriced: bool
    """Whether there are tokens without a known price."""
    price_date: str | None
    """Date of the price list."""
    seconds: Seconds
    """From start to end."""
    proposal_seconds: Seconds
    """Of that, while the agent worked."""
    evidence: str
    """The cell's directory, relative to the run."""
    transcript: str | None
    """The conversation, relative to the run; ``None`` if there is none."""

    @property
    def tokens(self) -> int | None:
        """Tokens of input and output; ``None`` if neither is known."""
        known = [each for each in (self.tokens_input, self.tokens_output) if each is not None]
        return sum(known) if known else None

    def refused(self, by: RejectedBy) -> int:
        """Return how many rejections are listed by ``by``."""
        return sum(each.count for each in self.refusals if each.by is by)


class Side(Record):
    """One format's half of a pair."""

    cell: str
    """Target and cell as a test shows them."""
    status: str
    """``passed``, ``failed``, or why it is no sample."""
    score: Score | None
    """What the checks gave."""
    checks: tuple[CheckLine, ...]
    """The checks."""
    tools: tuple[str, ...]
    """Names of the tools, in the order in which they were called."""
    rejected_calls: Count
    """Calls that were not executed."""
    recovered: Count
    """Calls of these after which a later one did what it was asked."""
    tokens: Count | None
    """Input and output."""
    turns: Count | None
    """Requests to the model."""
    evidence: str
    """The cell's directory, relative to the run."""


class Pair(Record):
    """The same work of one model in both formats."""

    target: str
    """Label of the target."""
    model: str
    """As ``vendor:model``."""
    variant: str | None
    """Variant, if the target has any."""
    trial: Count
    """From 1."""
    native: Side
    """With the vendor's own tool calls."""
    text: Side
    """With calls in the answer."""
    divergence: Divergence | None
    """How they compare; ``None`` if one of them is no sample."""
    same_tools: bool
    """Whether the tools were called in the same order."""
    same_checks: bool
    """Whether every check ended alike."""


class Contrast(Record):
    """The pairs of one target and model, counted."""

    target: str
    """Label of the target."""
    model: str
    """As ``vendor:model``."""
    pairs: Count
    """Matched pairs, samples or not."""
    divergences: dict[Divergence, Count]
    """How pairs of two samples compare."""
    same_tools: Count
    """Pairs with the same tools in the same order."""
    native: Tally
    """All cells in the format ``native``."""
    text: Tally
    """All cells in the format ``text``."""
