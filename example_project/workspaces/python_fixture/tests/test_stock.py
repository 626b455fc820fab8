import unittest

from stockroom import Item, low_stock, total_value

BOLTS = Item("bolts", 40, 5, minimum=100)
NUTS = Item("nuts", 90, 3, minimum=100)
PLATES = Item("plates", 7, 250)


class StockTest(unittest.TestCase):
    def test_value_counts_every_piece(self):
        self.assertEqual(total_value([BOLTS, NUTS, PLATES]), 2220)

    def test_an_empty_shelf_is_worth_nothing(self):
        self.assertEqual(total_value([]), 0)

    def test_scarcest_comes_first(self):
        self.assertEqual(low_stock([NUTS, PLATES, BOLTS]), [BOLTS, NUTS])

    def test_exactly_the_minimum_is_enough(self):
        self.assertEqual(low_stock([Item("hooks", 5, 1, minimum=5)]), [])


if __name__ == "__main__":
    unittest.main()
