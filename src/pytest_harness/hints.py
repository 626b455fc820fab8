"""What a user may have meant by a word that means nothing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a question with the nearest known word and a space after it; empty if none is near."""
    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean {str(near[0])!r}? " if near else ""
