"""What tokens of a model cost, and computing it: the only place where that is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_harness.records import ProposalRecord, Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars for a million tokens of a model."""

    input: float
    """Input tokens."""
    output: float
    """Output tokens."""
    cached_input: float | None = None
    """Input tokens read from a cache; ``None`` for the price of input."""
    cache_write: float | None = None
    """Input tokens written to a cache; ``None`` for the price of input."""
    reasoning: float | None = None
    """Output tokens spent on reasoning; ``None`` for the price of output."""
    date: str | None = None
    """When the vendor asked that."""

    def cost(self, usage: Usage) -> float | None:
        """Return dollars; ``None`` if no token is known of."""
        if usage.total_input is None and usage.total_output is None:
            return None
        parts = (
            (usage.input, self.input),
            (usage.cached_input, self.input if self.cached_input is None else self.cached_input),
            (usage.cache_write, self.input if self.cache_write is None else self.cache_write),
            (usage.output, self.output),
            (usage.reasoning, self.output if self.reasoning is None else self.reasoning),
        )
        return sum((tokens or 0) * price for tokens, price in parts) / _MILLION


def priced(proposal: ProposalRecord, price: Price | None) -> ProposalRecord:
    """Fill in what a proposal cost, unless its program said so or there is no price."""
    if price is None or proposal.spent.cost_usd is not None:
        return proposal
    cost = price.cost(proposal.spent.usage)
    if cost is None:
        return proposal
    spent = proposal.spent.model_copy(update={"cost_usd": cost})
    return proposal.model_copy(update={"spent": spent, "price_date": price.date})


def unknown_cost(backend: str, model: str | None) -> str:
    """Say why a cap on cost cannot hold for a backend, and what to do."""
    remedy = "name its model and give the price of that"
    if model is not None:
        remedy = f"give the price under [models.{model!r}]".replace("'", '"')
    return (
        f"a cap on cost cannot hold for {label(backend, model)}, which does not say what it "
        f"costs and has no price; {remedy} in harness.toml, or allow it with "
        "--harness-allow-unknown-cost"
    )


def label(backend: str, model: str | None) -> str:
    """Return a backend with its model: ``codex@gpt-5.5``."""
    return backend if model is None else f"{backend}@{model}"
