"""What a request costs, by a list of prices that is installed; nothing is looked up elsewhere."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from pytest_harness.errors import ConfigurationError
from pytest_harness.model.vendors import Vendor
from pytest_harness.records import Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

LIST = "genai-prices"
"""The package with the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a request cost."""

    cost_usd: float
    """Dollars."""
    date: str | None
    """The price list with its version, which dates it; ``None`` where nothing is charged."""


FREE = Priced(cost_usd=0.0, date=None)
"""What a server of one's own costs."""


def price_request(vendor: Vendor, model: str, usage: Usage) -> Priced | None:
    """Return what a request cost; ``None`` where nobody knows the price or the tokens.

    Reasoning is paid as output. Raises `ConfigurationError` where the list is not installed.
    """
    if own := vendor.own_prices.get(model):
        cost = own.cost(usage)
        return None if cost is None else Priced(cost_usd=cost, date=own.date)
    if vendor.local:
        return FREE
    found = _calculated(vendor, model, usage)
    if found is None or (usage.total_input is None and usage.total_output is None):
        return None
    return Priced(cost_usd=float(found.total_price), date=_dated())


def knows_price(vendor: Vendor, model: str) -> bool:
    """Whether requests to a model can be priced; nothing is charged for a server of one's own."""
    own = model in vendor.own_prices
    return own or vendor.local or _calculated(vendor, model, Usage(input=1, output=1)) is not None


@functools.cache
def _dated() -> str:
    return f"{LIST} {version(LIST)}"


def _calculated(vendor: Vendor, model: str, usage: Usage) -> PriceCalculation | None:
    if not vendor.prices:
        return None
    try:
        import genai_prices
    except ImportError as error:
        raise ConfigurationError(
            f"{vendor.name} cannot be priced without {LIST}; "
            'run pip install "pytest-harness[models]"'
        ) from error
    tokens = genai_prices.Usage(
        input_tokens=usage.total_input,
        cache_read_tokens=usage.cached_input,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.total_output,
    )
    try:
        return genai_prices.calc_price(tokens, model, provider_id=vendor.prices)
    except LookupError:
        return None
