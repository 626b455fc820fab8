"""Temperatures."""


def to_fahrenheit(celsius):
    """Return a whole number of degrees Fahrenheit; until version 2 this was called c2f."""
    return celsius * 9 // 5 + 32
