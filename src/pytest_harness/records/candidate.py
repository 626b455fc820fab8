"""What a backend did, and what became of the workspace."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from pytest_harness.records.base import Count, Record, Score, Seconds
from pytest_harness.records.evaluation import Evaluation
from pytest_harness.records.spending import Spent
from pytest_harness.vocabulary import ChangeKind, Ended, Fault, Outcome, Phase, RejectedBy


class FileChange(Record):
    """One path that differs between a parent and its candidate."""

    path: str
    """Path below the workspace, with ``/``."""
    kind: ChangeKind
    """How it differs."""
    old_path: str | None = None
    """Where it was, if it was renamed."""
    added_lines: Count | None = None
    """Lines added; ``None`` for what is not text."""
    removed_lines: Count | None = None
    """Lines removed; ``None`` for what is not text."""


class ToolCall(Record):
    """One call of a tool, as the agent reported it."""

    name: str
    """The tool's name: ``shell``, ``edit``, or the program's own word."""
    summary: str = ""
    """The command line or the path it was about, shortened."""
    exit: int | None = None
    """Exit code of a command."""
    failed: bool = False
    """Whether the program says that it failed."""


class Rejection(Record):
    """Something that a plain model wanted and that was not done."""

    turn: Count
    """The model's turn, from 1."""
    by: RejectedBy
    """Who kept it from happening."""
    rule: str = ""
    """The rule that it broke; of a call, the tool's name as far as it was told."""
    reason: str
    """What the model was told, shortened."""
    recovered: bool = False
    """Whether a later call of the proposal did what it was asked."""


class Attempt(Record):
    """An earlier attempt at a proposal, ended by a fault after which it was tried again."""

    fault: Fault
    """What ended it."""
    reason: str
    """One sentence about the fault."""
    started_at: datetime
    """When it began."""
    duration: Seconds
    """Seconds."""
    pause: Seconds
    """Seconds that were waited after it."""
    spent: Spent = Spent()
    """Tokens and dollars."""
    judged: Spent = Spent()
    """What the reviews of its turns cost."""


class ProposalRecord(Record):
    """One run of a backend on a workspace."""

    backend: str
    """The backend's id."""
    provider: str
    """The adapter that drove it."""
    backend_version: str | None = None
    """What the program says of itself."""
    model: str | None = None
    """The model that was asked for."""
    runtime: str
    """Where it ran."""
    argv: tuple[str, ...] = ()
    """The command line; empty where no program was started."""
    cwd: str = ""
    """The working directory, absolute."""
    ended: Ended | None = None
    """What ended the program; ``None`` where none was started."""
    exit: int | None = None
    """Its exit code."""
    signal: int | None = None
    """The signal that ended it."""
    completed: bool
    """Whether the program gave its own sign of a finished turn."""
    fault: Fault | None = None
    """Why this says nothing about the agent."""
    reason: str = ""
    """One sentence about a fault, a crash or a time-out."""
    retry_after: Seconds | None = None
    """Seconds that the provider asked to wait."""
    attempts: tuple[Attempt, ...] = ()
    """Attempts before this one, in order."""
    answer: str | None = None
    """The last message."""
    spent: Spent = Spent()
    """Tokens and dollars, of this attempt alone."""
    price_date: str | None = None
    """Date of the price list that dollars were computed from; ``None`` if they were reported."""
    turns: Count | None = None
    """Requests to the model."""
    tool_calls: tuple[ToolCall, ...] = ()
    """What it did, in order; the first 200."""
    reported_changes: tuple[str, ...] = ()
    """Files it says it changed."""
    reported_reads: tuple[str, ...] = ()
    """Files it says it read."""
    missing_inputs: tuple[str, ...] = ()
    """Names of the target's input files that the agent's answer says are missing."""
    refused_tools: tuple[str, ...] = ()
    """Tools that its program did not let it use, the first 50."""
    rejections: tuple[Rejection, ...] = ()
    """What a plain model wanted and was not done, in order; the first 200."""
    rejected_calls: Count = 0
    """How many calls of a plain model were not executed, listed or not."""
    judged: Spent = Spent()
    """What the reviews of its turns by a second model cost, apart from ``spent``."""
    program_retries: Count = 0
    """How often its program asked the model again after an error, as far as it tells."""
    first_event: Seconds | None = None
    """Seconds until the model's first event."""
    duration: Seconds = 0.0
    """Seconds."""
    survivors: Count = 0
    """Processes that it left running and that were ended."""
    stdout_bytes: Count = 0
    """Bytes printed, kept or not."""
    stderr_bytes: Count = 0
    """Bytes printed on standard error, kept or not."""
    notes: tuple[str, ...] = ()
    """Sentences about what was noticed and is no fault."""

    @property
    def paid(self) -> Spent:
        """Tokens and dollars of all attempts, without reviews."""
        return sum((attempt.spent for attempt in self.attempts), self.spent)

    @property
    def paid_to_judges(self) -> Spent:
        """Tokens and dollars of the reviews in all attempts."""
        return sum((attempt.judged for attempt in self.attempts), self.judged)


class CandidateRecord(Record):
    """One workspace with all that is known about it."""

    id: str
    """``c0000`` is the baseline, ``c0001`` the first proposal."""
    parent: str | None = None
    """The candidate it was made from; ``None`` for the baseline."""
    outcome: Outcome
    """What became of it."""
    fault: Fault | None = None
    """Why it says nothing about the agent."""
    reason: str = ""
    """One sentence about the outcome or the fault."""
    score: Score | None = None
    """Of its evaluation; ``None`` if there was none."""
    proposal: ProposalRecord | None = None
    """How it was made; ``None`` for the baseline."""
    validation: Evaluation | None = None
    """The cheap validation, if the target has one and it ran."""
    evaluation: Evaluation | None = None
    """The checks, if they ran."""
    changes: tuple[FileChange, ...] = ()
    """Against the parent; the first 500."""
    changed_files: Count = 0
    """How many paths changed, listed or not."""
    violations: tuple[str, ...] = ()
    """Changed paths outside the write scope, and new links that lead out of the workspace."""
    ignored: tuple[str, ...] = ()
    """New paths that the target's patterns leave out of the diff, topmost only."""
    durations: dict[Phase, Seconds] = Field(default_factory=dict)
    """Seconds by phase."""
    artifacts: str
    """Its directory, relative to the run directory."""

    def __repr__(self) -> str:
        score = "none" if self.score is None else f"{self.score:.3f}"
        return f"<{self.id} {self.outcome} {score}>"
