import unittest

from stockroom import Item, order_lines, render_order

SHELF = [Item("bolts", 40, 5, minimum=100), Item("nuts", 93, 3, minimum=100)]


class OrdersTest(unittest.TestCase):
    def test_orders_what_is_missing(self):
        self.assertEqual(order_lines(SHELF), [("bolts", 60), ("nuts", 7)])

    def test_packs_are_whole(self):
        self.assertEqual(order_lines(SHELF, pack=25), [("bolts", 75), ("nuts", 25)])

    def test_text_is_aligned(self):
        self.assertEqual(render_order(SHELF), "   60 x bolts\n    7 x nuts")


if __name__ == "__main__":
    unittest.main()
