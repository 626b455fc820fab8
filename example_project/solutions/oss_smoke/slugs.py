"""Titles as parts of web addresses."""

import re


def slug(text: str) -> str:
    """Return ``text`` as the last part of a web address; README.md has the rules."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")
