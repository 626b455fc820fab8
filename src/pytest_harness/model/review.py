"""What looks at a turn before it is accepted: the validator, and a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pytest_harness.model.client import Ending
from pytest_harness.model.conversation import Message, ToolSpec
from pytest_harness.model.formats.base import Turn
from pytest_harness.records import Spent
from pytest_harness.vocabulary import RejectedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What has happened up to a turn that is to be reviewed."""

    objective: str
    """The prompt."""
    messages: Sequence[Message]
    """The conversation before the turn."""
    tools: Sequence[ToolSpec]
    """The tools that are offered."""
    writes_expected: bool
    """Whether tools are offered that can change the workspace."""
    executed: int
    """Calls that were executed and did what they were asked."""
    max_tokens: int | None
    """Most output tokens of one answer, if that is limited."""
    limit: float
    """Seconds left for the whole proposal."""
    ending: Ending
    """Says whether the session is to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a turn is not accepted."""

    by: RejectedBy
    """Who objects."""
    rule: str
    """The rule that it breaks."""
    reason: str
    """What is wrong and what to do instead, in one or two sentences for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a reviewer says of a turn."""

    objection: Objection | None = None
    """``None`` accepts the turn."""
    spent: Spent = field(default_factory=Spent)
    """What the review cost."""


class Reviewer(Protocol):
    """Looks at turns; of one proposal, so that it may remember what it said."""

    def review(self, turn: Turn, situation: Situation) -> Review:
        """Accept a turn or object to it.

        Raises `ModelError` where a model that it asks gives no answer.
        """
        ...
