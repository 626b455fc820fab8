"""The account of a run as it lies in the run directory.

It is read and written under a kernel lock, so that it holds for all workers, and replaced in one
step, so that a process that is killed leaves the old one or the new one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pytest_harness.allowance.amount import NOTHING, Amount
from pytest_harness.ledger.files import explained, write_whole
from pytest_harness.ledger.loading import load
from pytest_harness.records.base import SCHEMA, Count, Dollars, Record, Seconds
from pytest_harness.records.spending import Spent
from pytest_harness.runtime.locks import FileLock, exclusive
from pytest_harness.vocabulary import Fault

FOLDER = "account"
"""Directory of the account within a run."""
_BOOK = "account.json"
_LOCK = "account.lock"
_SEEN = 1.0
"""Seconds after which it is written anew though nothing has changed but the time."""


class Reservation(Record):
    """What is kept free for a proposal that is running."""

    process: str
    """The process that runs it; each holds a lock as long as it lives."""
    cost: Dollars
    """Dollars that it is expected to cost."""
    tokens: Count
    """Tokens that it is expected to need."""


class Tally(Record):
    """The finished proposals of a backend and model."""

    costs: Count = 0
    """How many told their cost, or had a price."""
    cost: Dollars = 0.0
    """Dollars of those."""
    usages: Count = 0
    """How many told their tokens."""
    tokens: Count = 0
    """Tokens of those."""

    def with_one(self, spent: Spent) -> Tally:
        """Return the tally with one more."""
        amount = Amount.of(spent)
        return Tally(
            costs=self.costs + (spent.cost_usd is not None),
            cost=self.cost + amount.cost,
            usages=self.usages + (amount.tokens > 0),
            tokens=self.tokens + amount.tokens,
        )

    def expected(self, otherwise: Amount) -> Amount:
        """Return the mean; ``otherwise`` stands for what no proposal has told yet."""
        return Amount(
            cost=self.cost / self.costs if self.costs else otherwise.cost,
            tokens=self.tokens // self.usages if self.usages else otherwise.tokens,
        )


class Streak(Record):
    """Faults of a backend's provider, one after another."""

    length: Annotated[int, Field(ge=1)]
    """How many."""
    fault: Fault
    """The last one."""
    reason: str
    """One sentence about it."""


class Book(Record):
    """The whole account."""

    schema_version: Literal[1] = SCHEMA
    """Version of this record."""
    session: str
    """The session that writes it."""
    began: float
    """When that session began to spend, in seconds since the epoch."""
    seen: float
    """When it was written last."""
    earlier: Seconds = 0.0
    """Seconds that earlier sessions of the run took."""
    cost: Dollars = 0.0
    """Dollars spent, by all sessions."""
    tokens: Count = 0
    """Tokens spent, by all sessions."""
    running: dict[str, Reservation] = Field(default_factory=dict)
    """By proposal, of this session."""
    finished: dict[str, Tally] = Field(default_factory=dict)
    """By backend and model, of all sessions."""
    streaks: dict[str, Streak] = Field(default_factory=dict)
    """By backend, of this session."""
    unpriced: tuple[str, ...] = ()
    """Backends and models whose tokens cost nobody knows what."""

    @property
    def spent(self) -> Amount:
        """What is paid."""
        return Amount(cost=self.cost, tokens=self.tokens)

    @property
    def reserved(self) -> Amount:
        """What running proposals are expected to need."""
        total = NOTHING
        for each in self.running.values():
            total += Amount(cost=each.cost, tokens=each.tokens)
        return total

    def elapsed(self, now: float) -> float:
        """Return the seconds of the run, over all sessions, without the time between them."""
        return self.earlier + max(0.0, now - self.began)

    def with_spent(self, spent: Spent) -> Book:
        """Return the account after a payment."""
        paid = self.spent + Amount.of(spent)
        return self.model_copy(update={"cost": paid.cost, "tokens": paid.tokens})

    def continued_by(self, session: str, now: float) -> Book:
        """Return the account for another session: what is paid stays, the rest begins anew."""
        earlier = self.earlier + max(0.0, self.seen - self.began)
        return Book(
            session=session,
            began=now,
            seen=now,
            earlier=earlier,
            cost=self.cost,
            tokens=self.tokens,
            finished=self.finished,
        )


class BookFile:
    """One process's access to the account of a run."""

    def __init__(self, run: Path, session: str, process: str) -> None:
        self._folder = run / FOLDER
        self._session = session
        self._process = process
        self._alive = FileLock(self._folder / f"{process}.lock")

    @contextlib.contextmanager
    def changing(self) -> Iterator[BookPage]:
        """Hold the account alone; what the page holds at the end is written, if it changed.

        Raises `LedgerError` if the run directory cannot be written.
        """
        path = self._folder / _BOOK
        with explained(path):
            if not self._alive.held:
                self._folder.mkdir(exist_ok=True)
            with exclusive(self._folder / _LOCK):
                now = time.time()
                before = load(Book, path)
                page = BookPage(self._opened(before, now))
                # So that a later session knows how long this one took.
                if page.book is before and now - before.seen > _SEEN:
                    page.book = before.model_copy()
                yield page
                if page.book is not before:
                    book = page.book.model_copy(update={"seen": now})
                    write_whole(path, book.to_json(), sync=False)

    def close(self) -> None:
        """Let others see that this process runs nothing any more."""
        self._alive.release()

    def _opened(self, book: Book | None, now: float) -> Book:
        """Make the account this session's, without the reservations of dead processes."""
        if not self._alive.held:
            self._alive.exclusive()
        if book is None:
            return Book(session=self._session, began=now, seen=now)
        if book.session != self._session:
            return book.continued_by(self._session, now)
        living = {key: each for key, each in book.running.items() if self._lives(each.process)}
        return book if len(living) == len(book.running) else _running(book, living)

    def _lives(self, process: str) -> bool:
        if process == self._process:
            return True
        lock = FileLock(self._folder / f"{process}.lock")
        free = lock.exclusive(blocking=False)
        lock.release()
        return not free


class BookPage:
    """The account while somebody holds it."""

    def __init__(self, book: Book) -> None:
        self.book = book
        """As it will be written."""

    def reserve(self, key: str, reservation: Reservation) -> None:
        """Keep something free for a proposal."""
        self.book = _running(self.book, {**self.book.running, key: reservation})

    def release(self, key: str) -> None:
        """Keep it free no longer, if it was."""
        if key not in self.book.running:
            return
        left = {name: each for name, each in self.book.running.items() if name != key}
        self.book = _running(self.book, left)

    def pay(self, spent: Spent) -> None:
        """Count what was spent."""
        self.book = self.book.with_spent(spent)

    def tell(self, label: str, spent: Spent) -> None:
        """Learn from a finished proposal what the next is expected to cost."""
        tally = self.book.finished.get(label, Tally()).with_one(spent)
        self.book = self.book.model_copy(update={"finished": {**self.book.finished, label: tally}})

    def mark_unpriced(self, label: str) -> None:
        """Note that nobody knows what its tokens cost."""
        names = dict.fromkeys((*self.book.unpriced, label))
        self.book = self.book.model_copy(update={"unpriced": tuple(names)})

    def add_fault(self, backend: str, fault: Fault, reason: str) -> None:
        """Count one more fault in a row."""
        before = self.book.streaks.get(backend)
        length = 1 if before is None else before.length + 1
        streak = Streak(length=length, fault=fault, reason=reason)
        self.book = self.book.model_copy(update={"streaks": {**self.book.streaks, backend: streak}})

    def end_streak(self, backend: str) -> None:
        """Forget the faults of a backend that has worked."""
        if backend not in self.book.streaks:
            return
        left = {name: each for name, each in self.book.streaks.items() if name != backend}
        self.book = self.book.model_copy(update={"streaks": left})


def _running(book: Book, running: dict[str, Reservation]) -> Book:
    return book.model_copy(update={"running": running})
