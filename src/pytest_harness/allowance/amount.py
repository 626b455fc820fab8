"""How much something cost, as caps count it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_harness.records import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Money and tokens; what nobody knows counts nothing."""

    cost: float = 0.0
    """Dollars."""
    tokens: int = 0
    """Tokens of input and output, cached ones included."""

    @classmethod
    def of(cls, spent: Spent) -> Amount:
        """Return what a record comes to."""
        usage = spent.usage
        tokens = (usage.total_input or 0) + (usage.total_output or 0)
        return cls(cost=spent.cost_usd or 0.0, tokens=tokens)

    def __add__(self, other: Amount) -> Amount:
        return Amount(cost=self.cost + other.cost, tokens=self.tokens + other.tokens)


NOTHING = Amount()
"""Free."""
