"""Where a program works, as it tells its model."""

from __future__ import annotations

import re

_TOLD = re.compile(
    r"(?i)(?:working directory|workspace director(?:y|ies)|<cwd>)"
    r"(?::|\*\*|\s|-)*[`\"]?(?P<path>/[^\n<`\"]*)"
)


def told_workspace(text: str) -> str | None:
    """Return the absolute path that a program names as its working directory, if it does."""
    found = _TOLD.search(text)
    return found["path"].rstrip() if found else None
