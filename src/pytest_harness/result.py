"""What a test receives: a finished cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_harness.records import CandidateRecord, CellRecord, Usage
from pytest_harness.vocabulary import Fault, Outcome


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """A finished cell of the matrix."""

    record: CellRecord
    """All that is known about it."""
    directory: Path
    """Where its record and artifacts lie."""

    @property
    def candidates(self) -> tuple[CandidateRecord, ...]:
        """The baseline and every proposal, in order."""
        return self.record.candidates

    @property
    def baseline(self) -> CandidateRecord:
        """The workspace as the target gives it."""
        return self.record.candidates[0]

    @property
    def best(self) -> CandidateRecord:
        """The best candidate; the baseline if nothing was kept."""
        return self.record.candidate(self.record.best) or self.baseline

    @property
    def attempt(self) -> CandidateRecord:
        """A task's only candidate; raises `AttributeError` for an optimisation."""
        found = self.record.candidate(self.record.attempt)
        if found is None:
            raise AttributeError(f"{self.record.target!r} is no task; ask for 'best' instead")
        return found

    @property
    def outcome(self) -> Outcome | None:
        """Of the best candidate, or of the last if none was kept."""
        return self.record.outcome

    @property
    def fault(self) -> Fault | None:
        """Why the cell says nothing about the agent; ``None`` if it does."""
        return self.record.fault

    @property
    def usage(self) -> Usage:
        """All tokens, over proposals, evaluations and judges."""
        return self.record.spending.total.usage

    @property
    def cost(self) -> float | None:
        """All dollars; ``None`` if none is known."""
        return self.record.spending.total.cost_usd

    @property
    def duration(self) -> float:
        """Seconds from start to end, without waiting for a slot."""
        return self.record.duration

    def __repr__(self) -> str:
        scores = " -> ".join(
            "none" if each.score is None else f"{each.score:.3f}"
            for each in (self.baseline, self.best)
        )
        return f"<{self.record.target}[{self.record.id}] {self.record.outcome} {scores}>"
