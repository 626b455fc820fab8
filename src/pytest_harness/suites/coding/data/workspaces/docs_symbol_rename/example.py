"""Print a temperature on both scales, as in: python3 example.py 20"""

import sys

from heat import c2f

celsius = int(sys.argv[1])
print(f"{celsius} C is {c2f(celsius)} F")
