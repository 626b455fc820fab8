"""Run with: python3 -m unittest -q"""

import unittest

from middle import median


class TestMedian(unittest.TestCase):
    def test_odd(self):
        self.assertEqual(median([5, 1, 3]), 3)

    def test_even(self):
        self.assertEqual(median([4, 1, 3, 2]), 2.5)
