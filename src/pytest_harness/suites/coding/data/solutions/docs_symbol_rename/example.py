"""Print a temperature on both scales, as in: python3 example.py 20"""

import sys

from heat import to_fahrenheit

celsius = int(sys.argv[1])
print(f"{celsius} C is {to_fahrenheit(celsius)} F")
