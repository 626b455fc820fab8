"""Titles as parts of web addresses."""


def slug(text: str) -> str:
    """Return ``text`` as the last part of a web address; README.md has the rules."""
    raise NotImplementedError
