"""Tokens and dollars, each kind apart."""

from __future__ import annotations

from pytest_harness.records.base import Count, Dollars, Record


class Usage(Record):
    """Tokens, each kind apart; ``None`` where the program does not say."""

    input: Count | None = None
    """Input tokens that were neither read from nor written to a cache."""
    cached_input: Count | None = None
    """Input tokens read from a cache."""
    cache_write: Count | None = None
    """Input tokens written to a cache."""
    output: Count | None = None
    """Output tokens without reasoning."""
    reasoning: Count | None = None
    """Output tokens spent on reasoning."""

    @property
    def total_input(self) -> int | None:
        """All input tokens, or ``None`` if none is known."""
        return _sum(self.input, self.cached_input, self.cache_write)

    @property
    def total_output(self) -> int | None:
        """All output tokens, or ``None`` if none is known."""
        return _sum(self.output, self.reasoning)

    def __add__(self, other: Usage) -> Usage:
        return Usage(**{name: _sum(getattr(self, name), getattr(other, name)) for name in _KINDS})


_KINDS = ("input", "cached_input", "cache_write", "output", "reasoning")


def _sum(*numbers: int | None) -> int | None:
    """Add what is known; ``None`` if nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


class Spent(Record):
    """Tokens and dollars of one purpose."""

    usage: Usage = Usage()
    """Tokens."""
    cost_usd: Dollars | None = None
    """Dollars, reported or computed from a price; ``None`` where neither is known."""

    def __add__(self, other: Spent) -> Spent:
        costs = [spent.cost_usd for spent in (self, other) if spent.cost_usd is not None]
        return Spent(usage=self.usage + other.usage, cost_usd=sum(costs) if costs else None)


class Spending(Record):
    """What a candidate or a cell cost, by purpose."""

    proposal: Spent = Spent()
    """The backend's own work."""
    evaluation: Spent = Spent()
    """Models that the checks asked."""
    judge: Spent = Spent()
    """Models that reviewed steps or results."""

    @property
    def total(self) -> Spent:
        """The sum over all purposes; caps count this."""
        return self.proposal + self.evaluation + self.judge

    def __add__(self, other: Spending) -> Spending:
        return Spending(
            proposal=self.proposal + other.proposal,
            evaluation=self.evaluation + other.evaluation,
            judge=self.judge + other.judge,
        )
