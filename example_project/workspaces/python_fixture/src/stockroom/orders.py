"""What to order, and how to write it down."""

from collections.abc import Iterable

from stockroom.stock import Item, low_stock


def order_lines(items: Iterable[Item], pack: int = 1) -> list[tuple[str, int]]:
    """Return name and quantity of all that must be ordered, in whole packs."""
    lines = []
    for item in low_stock(items):
        missing = item.minimum - item.count
        lines.append((item.name, -(-missing // pack) * pack))
    return lines


def render_order(items: Iterable[Item], pack: int = 1) -> str:
    """Return the order as text, one line for each article."""
    lines = order_lines(items, pack)
    return "\n".join(f"{quantity:>5} x {name}" for name, quantity in lines)
