"""What one cell may spend, beside what its run may."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pytest_harness.allowance.account import Account, Refusal, Waiting
from pytest_harness.allowance.amount import NOTHING, Amount
from pytest_harness.allowance.caps import NO_CAPS, Caps, Room
from pytest_harness.allowance.prices import Price, priced
from pytest_harness.records import ProposalRecord, Spent
from pytest_harness.vocabulary import Fault


class Allowance(Protocol):
    """Lets a cell's proposals start, and hears what they cost."""

    def start(self, waited: float, waiting: Waiting, *, again: bool = False) -> Refusal | None:
        """Let a proposal start, or say why not.

        ``waited`` are seconds that do not count; ``again`` is true for a further attempt.
        """
        ...

    def settle(self, proposal: ProposalRecord) -> ProposalRecord:
        """Pay for a proposal, or for an attempt at one; returns it with its cost."""
        ...

    def finish(self, proposal: ProposalRecord) -> str:
        """Hear how a proposal ended after its last attempt.

        Returns a sentence if it went beyond its cap.
        """
        ...

    def charge(self, spent: Spent) -> None:
        """Pay for checks or judges."""
        ...

    def close(self) -> None:
        """Keep nothing free any longer for a proposal that was broken off."""
        ...


class Unlimited:
    """For a loop that nobody counts the money of."""

    def start(
        self,
        waited: float,  # noqa: ARG002
        waiting: Waiting,  # noqa: ARG002
        *,
        again: bool = False,  # noqa: ARG002
    ) -> Refusal | None:
        """Always."""
        return None

    def settle(self, proposal: ProposalRecord) -> ProposalRecord:
        """Change nothing."""
        return proposal

    def finish(self, proposal: ProposalRecord) -> str:  # noqa: ARG002
        """Say nothing."""
        return ""

    def charge(self, spent: Spent) -> None:
        """Count nothing."""

    def close(self) -> None:
        """Hold nothing."""


@dataclass(slots=True, kw_only=True)
class CellAllowance:
    """The caps of one cell and of each of its proposals, and its share in the run's account."""

    account: Account
    """Of the run."""
    target: str
    """Name of the target, for sentences."""
    backend: str
    """Id of the backend."""
    model: str | None
    """The model that it asks for."""
    price: Price | None
    """What that costs."""
    cell_caps: Caps = NO_CAPS
    """For the whole cell."""
    proposal_caps: Caps = NO_CAPS
    """For each proposal, all attempts together."""
    ending: Callable[[], bool] = lambda: False
    """Whether the session is to end."""
    _began: float = field(init=False, default_factory=time.monotonic)
    _spent: Amount = field(init=False, default=NOTHING)
    _own: Amount = field(init=False, default=NOTHING)
    _key: str | None = field(init=False, default=None)
    _overspent: str = field(init=False, default="")

    def start(self, waited: float, waiting: Waiting, *, again: bool = False) -> Refusal | None:
        """Let a proposal start, or say why not; see `Allowance.start`."""
        if not again:
            self._own = NOTHING
        refusal = self._own_refusal(waited)
        if refusal is not None:
            return refusal
        decided = self.account.start(
            self.backend,
            self.model,
            self.proposal_caps.amount,
            self.ending,
            waiting,
            cost_matters=self.cell_caps.cost is not None or self.proposal_caps.cost is not None,
        )
        if isinstance(decided, Refusal):
            return decided
        self._key = decided
        return None

    def settle(self, proposal: ProposalRecord) -> ProposalRecord:
        """Pay for a proposal, or for an attempt at one; returns it with its cost."""
        proposal = priced(proposal, self.price)
        key, self._key = self._key, None
        if key is not None:
            self.account.settle(key, self.backend, self.model, proposal)
        amount = Amount.of(proposal.spent + proposal.judged)
        self._own += amount
        self._spent += amount
        return proposal

    def finish(self, proposal: ProposalRecord) -> str:
        """Hear how a proposal ended; returns a sentence if it went beyond its cap."""
        self.account.note_fault(self.backend, proposal)
        what = self.proposal_caps.exceeded(self._own)
        if what:
            self._overspent = f"a proposal went beyond its cap: {what}"
        return self._overspent if what else ""

    def charge(self, spent: Spent) -> None:
        """Pay for checks or judges."""
        if spent != Spent():
            self._spent += Amount.of(spent)
            self.account.pay(spent)

    def close(self) -> None:
        """Keep nothing free any longer for a proposal that was broken off."""
        key, self._key = self._key, None
        if key is not None:
            self.account.settle(key, self.backend, self.model, None)

    def _own_refusal(self, waited: float) -> Refusal | None:
        """Say which cap of the target is in the way."""
        if self._overspent:
            return Refusal(
                Fault.BUDGET,
                f"{self._overspent}; raise proposal_caps of target {self.target!r}",
            )
        if self.cell_caps == NO_CAPS:
            return None
        expected = self.account.expected(self.backend, self.model, self.proposal_caps.amount)
        seconds = time.monotonic() - self._began - waited
        if self.cell_caps.room(self._spent, NOTHING, expected, seconds) is not Room.NONE:
            return None
        what = self.cell_caps.shortage(self._spent, expected, seconds)
        return Refusal(
            Fault.BUDGET,
            f"a cap of the cell is reached: {what}; raise cell_caps of target {self.target!r}",
        )
