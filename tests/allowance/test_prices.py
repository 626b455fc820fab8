"""From tokens to dollars."""

from __future__ import annotations

import pytest

from pytest_harness.allowance.prices import Price
from pytest_harness.records import Usage

PRICE = Price(input=1.25, cached_input=0.125, output=10.0)


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (Usage(input=1_000_000), 1.25),
        (Usage(cached_input=1_000_000), 0.125),
        (Usage(output=1_000_000), 10.0),
        (Usage(cache_write=1_000_000), 1.25),
        (Usage(reasoning=1_000_000), 10.0),
        (Usage(input=1000, cached_input=2000, output=300, reasoning=100), 0.0055),
        (Usage(input=0), 0.0),
        (Usage(), None),
    ],
)
def test_each_kind_has_its_price(usage: Usage, dollars: float | None) -> None:
    cost = PRICE.cost(usage)
    assert cost == (None if dollars is None else pytest.approx(dollars))
