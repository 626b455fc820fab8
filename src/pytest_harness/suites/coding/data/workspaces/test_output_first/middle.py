"""The middle of some numbers."""


def median(numbers):
    """Return the middle of the sorted numbers; of two in the middle, their mean."""
    ordered = sorted(numbers)
    return ordered[len(ordered) // 2]
