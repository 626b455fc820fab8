"""What is on the shelves, what it is worth, and what to order."""

from stockroom.orders import order_lines, render_order
from stockroom.stock import Item, low_stock, total_value

__all__ = ["Item", "low_stock", "order_lines", "render_order", "total_value"]
