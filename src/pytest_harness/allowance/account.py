"""One process's part in the account of its run: may a proposal start, and what did it cost."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pytest_harness.allowance.amount import NOTHING, Amount
from pytest_harness.allowance.book import BookFile, BookPage, Reservation
from pytest_harness.allowance.caps import NO_CAPS, Caps, Room
from pytest_harness.allowance.prices import label, unknown_cost
from pytest_harness.ledger import RunWriter
from pytest_harness.records import ProposalRecord, Spent
from pytest_harness.vocabulary import Fault

PROVIDER_FAULTS = frozenset({Fault.AUTH, Fault.TRANSPORT, Fault.RATE_LIMIT, Fault.UNSUPPORTED})
"""Faults of whoever serves the model; so many in a row and a backend is given up."""

_POLL = 0.1
"""Seconds between two looks whether running proposals have left room."""

Waiting = Callable[[], AbstractContextManager[None]]
"""Makes a context to wait in."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no further proposal is made."""

    fault: Fault
    """Its class."""
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a run was told about money and faults."""

    caps: Caps = NO_CAPS
    """For the whole run."""
    max_faults: int = 10
    """Faults of a backend's provider in a row after which it is given up; 0 for never."""
    allow_unknown_cost: bool = False
    """Whether what nobody knows the cost of may run under a cap on cost."""


class Account:
    """The account of a run, for one of its processes."""

    def __init__(self, writer: RunWriter, policy: Policy) -> None:
        self.policy = policy
        """What the run was told."""
        self._file = BookFile(writer.path, writer.session, writer.worker)
        self._process = writer.worker
        self._hide = writer.vault.hide
        self._numbers: Iterator[int] = itertools.count(1)

    def close(self) -> None:
        """Let others see that this process runs nothing any more."""
        self._file.close()

    def refusal(self, backend: str) -> Refusal | None:
        """Return why a cell of ``backend`` is not even begun; ``None`` if it is.

        Raises `LedgerError`, as everything here does, if the run cannot be written.
        """
        with self._file.changing() as page:
            return self._given_up(page, backend) or self._no_room(page, NOTHING)

    def start(
        self,
        backend: str,
        model: str | None,
        otherwise: Amount,
        ending: Callable[[], bool],
        waiting: Waiting,
        *,
        cost_matters: bool,
    ) -> str | Refusal:
        """Reserve for a proposal and return the reservation's key, or say why it must not start.

        Where only running proposals are in the way, it waits for them within ``waiting``.
        ``otherwise`` is expected to be spent where no finished proposal tells; ``cost_matters``
        is true where the cell or the proposal has a cap on cost of its own.
        """
        decided = self._try(backend, model, otherwise, cost_matters=cost_matters)
        if decided is not None:
            return decided
        with waiting():
            while decided is None:
                if ending():
                    return Refusal(Fault.INTERRUPTED, "the session ended before a proposal began")
                time.sleep(_POLL)
                decided = self._try(backend, model, otherwise, cost_matters=cost_matters)
        return decided

    def expected(self, backend: str, model: str | None, otherwise: Amount) -> Amount:
        """Return what a proposal is expected to cost: the mean of those that are finished."""
        with self._file.changing() as page:
            return _expected(page, label(backend, model), otherwise)

    def settle(
        self, key: str, backend: str, model: str | None, proposal: ProposalRecord | None
    ) -> None:
        """Pay for a proposal that has ended, and keep nothing free for it any longer.

        ``None`` is one that was broken off, of which nothing is known.
        """
        with self._file.changing() as page:
            page.release(key)
            if proposal is None:
                return
            name, spent = label(backend, model), proposal.spent + proposal.judged
            if spent != Spent():
                page.pay(spent)
            if spent.cost_usd is not None or Amount.of(spent).tokens:
                page.tell(name, spent)
            if spent.cost_usd is None and Amount.of(spent).tokens:
                page.mark_unpriced(name)

    def pay(self, spent: Spent) -> None:
        """Pay for what is no proposal."""
        with self._file.changing() as page:
            page.pay(spent)

    def note_fault(self, backend: str, proposal: ProposalRecord) -> None:
        """Count a fault of the provider, or the end of such a row."""
        with self._file.changing() as page:
            if proposal.fault in PROVIDER_FAULTS:
                page.add_fault(backend, proposal.fault, self._hide(proposal.reason))
            elif proposal.fault is None:
                page.end_streak(backend)

    def _try(
        self, backend: str, model: str | None, otherwise: Amount, *, cost_matters: bool
    ) -> str | Refusal | None:
        """Reserve or refuse; ``None`` if that depends on what is running."""
        policy = self.policy
        name = label(backend, model)
        with self._file.changing() as page:
            book = page.book
            expected = _expected(page, name, otherwise)
            refusal = self._given_up(page, backend) or self._no_room(page, expected)
            if refusal is not None:
                return refusal
            capped = cost_matters or policy.caps.cost is not None
            if capped and name in book.unpriced and not policy.allow_unknown_cost:
                return Refusal(Fault.BUDGET, unknown_cost(backend, model))
            seconds = book.elapsed(time.time())
            if policy.caps.room(book.spent, book.reserved, expected, seconds) is Room.TAKEN:
                return None
            key = f"{self._process}-{next(self._numbers)}"
            if policy.caps.amount != NOTHING:
                page.reserve(
                    key,
                    Reservation(process=self._process, cost=expected.cost, tokens=expected.tokens),
                )
            return key

    def _given_up(self, page: BookPage, backend: str) -> Refusal | None:
        streak = page.book.streaks.get(backend)
        limit = self.policy.max_faults
        if streak is None or not limit or streak.length < limit:
            return None
        return Refusal(
            streak.fault,
            f"backend {backend!r} is given up after {streak.length} faults in a row "
            f"(--harness-max-faults={limit}), the last one: {streak.reason}",
        )

    def _no_room(self, page: BookPage, expected: Amount) -> Refusal | None:
        caps, book = self.policy.caps, page.book
        seconds = book.elapsed(time.time())
        if caps.room(book.spent, NOTHING, expected, seconds) is not Room.NONE:
            return None
        what = caps.shortage(book.spent, expected, seconds)
        return Refusal(
            Fault.BUDGET,
            f"a cap of the run is reached: {what}; raise it and continue with --harness-resume",
        )


def _expected(page: BookPage, name: str, otherwise: Amount) -> Amount:
    tally = page.book.finished.get(name)
    return otherwise if tally is None else tally.expected(otherwise)
