"""What checks found."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from pytest_harness.records.base import Record, Score, Seconds
from pytest_harness.records.spending import Spent
from pytest_harness.vocabulary import CheckStatus


class CheckResult(Record):
    """How one check ended on one candidate."""

    name: str
    """The check's name, unique within its target."""
    type: str
    """The class of the check: ``Command``, ``Pytest``, ..."""
    weight: Annotated[float, Field(gt=0)]
    """Its share of the score."""
    required: bool
    """Whether a candidate that misses full marks here cannot be kept."""
    status: CheckStatus
    """How it ended."""
    score: Score | None
    """From 0 to 1; ``None`` after a time-out or an error."""
    reason: str
    """One sentence: what was expected and what was found."""
    tail: str = ""
    """The last part of what the check printed."""
    duration: Seconds = 0.0
    """Seconds."""


class Evaluation(Record):
    """All checks of one candidate."""

    score: Score | None
    """The weighted mean; ``None`` if a check had no score."""
    exact: str | None
    """The same as a fraction, ``"1/20"``."""
    eligible: bool
    """Whether all required checks have full marks."""
    checks: tuple[CheckResult, ...]
    """In the target's order."""
    spent: Spent = Spent()
    """What the checks cost."""

    @property
    def fraction(self) -> Fraction | None:
        """The exact score."""
        return None if self.exact is None else Fraction(self.exact)

    @property
    def unscored(self) -> tuple[CheckResult, ...]:
        """The checks that ran out of time or could not run."""
        return tuple(check for check in self.checks if check.score is None)
