"""Sums for a till, in cents."""


def add(*amounts):
    """Return the sum of all amounts; that of none is 0."""
    total = 0
    for amount in amounts:
        total += amount
    return total
