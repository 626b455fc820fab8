"""Items and questions about them."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """So many pieces of one article, at a price in cents."""

    name: str
    count: int
    cents: int
    minimum: int = 0


def total_value(items: Iterable[Item]) -> int:
    """Return what all pieces are worth, in cents."""
    return sum(item.count * item.cents for item in items)


def low_stock(items: Iterable[Item]) -> list[Item]:
    """Return the items below their minimum, scarcest first."""
    low = [item for item in items if item.count < item.minimum]
    return sorted(low, key=lambda item: (item.count - item.minimum, item.name))
