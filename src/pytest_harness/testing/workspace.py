"""Where the program works, as it tells its model."""

from __future__ import annotations

import re

_TOLD = re.compile(
    r"(?im)(?:working directory(?: is)?|(?:i'm|currently) (?:currently )?working in the directory"
    r"|workspace director(?:y|ies)|<cwd>|\bcwd)\s*:?\s*(?:\n\s*-\s*)?[`\"]?(/[^\n<`\"]*)"
)


def told_workspace(text: str) -> str | None:
    """Return the absolute path that a program names as its working directory, if it does."""
    found = _TOLD.search(text)
    return found.group(1).rstrip().rstrip(".") if found else None
