"""Run with: python3 -m unittest -q"""

import unittest

from till import add


class TestAdd(unittest.TestCase):
    def test_two_amounts(self):
        self.assertEqual(add(2, 3), 5)
