"""What somebody asks for who wants a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_harness.allowance.prices import Price
from pytest_harness.backends.base import Backend
from pytest_harness.records import Point
from pytest_harness.runtime.base import Runtime
from pytest_harness.target import ResolvedTarget
from pytest_harness.vocabulary import Oracle


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRequest:
    """A cell that somebody wants."""

    key: str
    """Identity within the project."""
    target_id: str
    """The target's directory name."""
    id: str
    """The cell's id."""
    directory: str
    """The cell's directory name."""
    point: Point
    """Where in the matrix it lies."""
    target: ResolvedTarget
    """What is under test."""
    backend: Backend
    """Who proposes."""
    runtime: Runtime
    """Where agents and checks run."""
    budget: int
    """How many proposals it may spend."""
    timeout: float
    """Seconds for one proposal."""
    root: Path
    """The project's root directory."""
    retries: int = 1
    """Further attempts at a proposal that a fault on the way to the model ended."""
    price: Price | None = None
    """What the model's tokens cost, if that is known."""
    oracle: Oracle | None = None
    """Who examines the target, if it is examined."""
    graders: Mapping[str, str] = field(default_factory=dict)
    """All that the grades of models depend on which the target's checks ask."""

    @property
    def limit(self) -> float:
        """Seconds for one proposal, with what the target's caps leave of them."""
        return min(self.timeout, self.target.proposal_caps.duration or self.timeout)
