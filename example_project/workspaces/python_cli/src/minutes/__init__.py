"""Adds up a time sheet."""

__version__ = "0.3.0"
