"""The middle of some numbers."""


def median(numbers):
    """Return the middle of the sorted numbers; of two in the middle, their mean."""
    ordered = sorted(numbers)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2
