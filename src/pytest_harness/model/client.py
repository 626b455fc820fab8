"""What every client of a vendor is, what it answers, and how it fails."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pytest_harness.errors import BackendError
from pytest_harness.model.conversation import Call, Question
from pytest_harness.records import Spent, Usage
from pytest_harness.vocabulary import Fault

Ending = Callable[[], bool]
"""Says whether the session is to end, so that nobody waits any longer."""


class Finish(enum.Enum):
    """Why a model stopped."""

    STOP = enum.auto()
    """It had said what it wanted, or asked for tools."""
    LENGTH = enum.auto()
    """It ran into a limit of tokens: its own or `Sampling.max_tokens`."""
    FILTER = enum.auto()
    """The vendor cut it off for what it was about to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCall:
    """A call by the vendor's own means that nobody can read, such as arguments that are no JSON."""

    name: str
    """The tool, as far as it was told."""
    text: str
    """What stands there."""
    why: str
    """What is wrong with it, in one sentence for the model."""
    id: str
    """What ties it to an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A model's whole answer to one request."""

    text: str = ""
    """Its words, without reasoning."""
    reasoning: str = ""
    """What it thought aloud, where the vendor shows that."""
    calls: tuple[Call, ...] = ()
    """Calls by the vendor's own means, in order."""
    broken: tuple[BrokenCall, ...] = ()
    """Those among them that cannot be read."""
    finish: Finish = Finish.STOP
    """Why it stopped."""
    usage: Usage = field(default_factory=Usage)
    """Tokens of this request."""
    cost_usd: float | None = None
    """Dollars of this request; ``None`` where nobody knows the price."""
    price_date: str | None = None
    """Date of the price list that they were computed from."""
    first: float | None = None
    """Seconds from the request to the first piece of the answer."""
    native: object = field(default=None, repr=False, compare=False, hash=False)
    """For `Said.native`."""

    @property
    def spent(self) -> Spent:
        """Tokens and dollars of this request."""
        return Spent(usage=self.usage, cost_usd=self.cost_usd)


class ModelError(BackendError):
    """A request got no answer, for a reason that says nothing about the model's ability.

    Its text is one sentence without any secret.
    """

    def __init__(
        self, fault: Fault, reason: str, *, retry_after: float | None = None, again: bool = False
    ) -> None:
        super().__init__(fault, reason)
        self.retry_after = retry_after
        """Seconds that the vendor asked to wait."""
        self.again = again
        """Whether the same request may succeed if it is sent once more."""


class Client(Protocol):
    """Asks one model of one vendor. Not for several threads."""

    def ask(self, question: Question, limit: float, ending: Ending) -> Reply:
        """Send one request, once, and wait for the whole answer, at most ``limit`` seconds.

        Raises `ModelError`: a refused key is `Fault.AUTH`; a wish to wait `Fault.RATE_LIMIT` with
        `ModelError.retry_after`; no connection, a server's own error, a stream that was cut or no
        whole answer in time `Fault.TRANSPORT`; what the model or its server cannot do, tools among
        it, and a model that does not exist, `Fault.UNSUPPORTED`; the end of the session
        `Fault.INTERRUPTED`.
        """
        ...

    def close(self) -> None:
        """Let go of connections; may be called twice."""
        ...
