"""Caps on money, tokens and time, and whether they leave room."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from pytest_harness.allowance.amount import Amount

_DUST = 1e-9
"""Dollars that sums of floats may be wrong by."""


class Room(enum.Enum):
    """Whether one more proposal has room under a cap."""

    FREE = "free"
    """It may start."""
    TAKEN = "taken"
    """Not as long as others run that may need what is left."""
    NONE = "none"
    """What is spent leaves too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What may be spent at most; ``None`` for no cap.

    A cap is looked at before a proposal starts; what has started is never cut short by one.
    """

    cost: float | None = None
    """Dollars, for proposals, evaluations and judges together."""
    tokens: int | None = None
    """Tokens of input and output, cached ones included."""
    duration: float | None = None
    """Seconds."""

    def problem(self) -> str:
        """Say which value is none, or nothing."""
        for name in ("cost", "tokens", "duration"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and math.isfinite(value) and value > 0):
                return f"{name}={value!r}; give a positive number or leave it out"
        return ""

    def room(self, spent: Amount, running: Amount, expected: Amount, seconds: float) -> Room:
        """Tell whether a proposal that is ``expected`` to cost so much may start.

        ``running`` is what others that have started are expected to cost, ``seconds`` the time
        that has gone.
        """
        if self.duration is not None and seconds >= self.duration:
            return Room.NONE
        if self._full(spent, expected):
            return Room.NONE
        return Room.TAKEN if self._full(spent + running, expected) else Room.FREE

    def shortage(self, spent: Amount, expected: Amount, seconds: float) -> str:
        """Say what is used up, where `room` found none: ``$3.0000 of $3.0000 are spent``."""
        if self.duration is not None and seconds >= self.duration:
            return f"{seconds:,.0f} s of {self.duration:g} s are over"
        if self.cost is not None and _reaches(spent.cost, expected.cost, self.cost, _DUST):
            more = f", and another proposal is expected to cost ${expected.cost:,.4f}"
            known = spent.cost < self.cost - _DUST
            return f"${spent.cost:,.4f} of ${self.cost:,.4f} are spent{more if known else ''}"
        more = f", and another proposal is expected to need {expected.tokens:,}"
        known = spent.tokens < (self.tokens or 0)
        return f"{spent.tokens:,} of {self.tokens:,} tokens are spent{more if known else ''}"

    def exceeded(self, spent: Amount) -> str:
        """Say what is more than the cap; nothing if all is within."""
        if self.cost is not None and spent.cost > self.cost + _DUST:
            return f"${spent.cost:,.4f} are more than ${self.cost:,.4f}"
        if self.tokens is not None and spent.tokens > self.tokens:
            return f"{spent.tokens:,} tokens are more than {self.tokens:,}"
        return ""

    @property
    def amount(self) -> Amount:
        """Money and tokens, nothing where there is no cap."""
        return Amount(cost=self.cost or 0.0, tokens=self.tokens or 0)

    def _full(self, spent: Amount, expected: Amount) -> bool:
        if self.cost is not None and _reaches(spent.cost, expected.cost, self.cost, _DUST):
            return True
        return self.tokens is not None and _reaches(spent.tokens, expected.tokens, self.tokens, 0)


def _reaches(spent: float, expected: float, cap: float, dust: float) -> bool:
    """Tell whether nothing is left, or less than is expected to be needed."""
    return spent >= cap - dust or spent + expected > cap + dust


NO_CAPS = Caps()
"""Everything may be spent."""
