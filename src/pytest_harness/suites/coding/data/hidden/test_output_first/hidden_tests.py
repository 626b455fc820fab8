"""Prints what only these tests can know of the number they are given, after all have passed."""

import sys

from middle import median

number = int(sys.argv[1])
given = [number + 4, number, number + 2]
assert median(given) == number + 2
assert given == [number + 4, number, number + 2]
assert median([number]) == number
assert median([number + 3, number]) == number + 1.5
assert median([-number, number + 9, number + 1, number]) == number + 0.5
print("passed", 3 * number + 1)
