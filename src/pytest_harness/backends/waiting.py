"""How long a provider asks to wait, as its messages say it."""

from __future__ import annotations

import re

_WORDS = r"(?:retry[- ]after|(?:try again|retry|wait)(?: in| after| for)?)"
_TIME = r"(?:(?P<hours>\d+)\s*h(?:ours?)?\s*)?(?:(?P<minutes>\d+)\s*m(?:in(?:ute)?s?)?(?!s)\s*)?"
_LAST = r"(?:(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|milliseconds?|s(?:ec(?:ond)?s?)?)?)?"
_LONGER = r"\b(?!\s*(?:day|week|month))"
_ASKED = re.compile(
    rf"{_WORDS}\W{{0,3}}{_TIME}{_LAST}{_LONGER}",
    re.IGNORECASE,
)


def asked_to_wait(message: str) -> float | None:
    """Return the seconds that a message asks to wait; ``None`` if it names none.

    ``Please try again in 1.898s``, ``Retry-After: 20``, ``try again in 6m0s``.
    """
    for found in _ASKED.finditer(message):
        hours, minutes, number, unit = found.group("hours", "minutes", "number", "unit")
        if hours is None and minutes is None and number is None:
            continue
        seconds = float(number or 0)
        if unit is not None and unit.lower().startswith("m"):
            seconds /= 1000
        return 3600 * int(hours or 0) + 60 * int(minutes or 0) + seconds
    return None
