"""Prints what only these tests can know of the number they are given, after all have passed."""

import sys

from till import add

number = int(sys.argv[1])
assert add() == 0
assert add(number) == number
assert add(number, 1) == number + 1
assert add(-number, number, 5) == 5
assert add(*range(number, number + 10)) == 10 * number + 45
print("passed", 3 * number + 1)
