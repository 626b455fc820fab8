"""What messages of programs and vendors say about the reason of a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_harness.vocabulary import Fault

Pattern = tuple[Fault, str]
"""A class and the regular expression that a message of it holds, whatever its case."""

COMMON: Sequence[Pattern] = (
    (Fault.AUTH, r"\b40[13]\b|unauthori[sz]ed|forbidden|authentication"),
    (Fault.AUTH, r"not logged in|log ?in again|sign(ed)? in again|refresh token"),
    (Fault.AUTH, r"token (has )?expired|(invalid|incorrect)[ _]api[ _]key"),
    (Fault.RATE_LIMIT, r"\b429\b|too many requests|rate.?limit|usage limit|quota|exhausted"),
    (Fault.UNSUPPORTED, r"\b(404|405|426)\b|model .{0,80}(not exist|not supported|not found)"),
    (Fault.TRANSPORT, r"\b5[023]\d\b|high demand|server_error|overloaded|bad gateway"),
    (Fault.TRANSPORT, r"connection|ECONN\w+|socket|fetch failed|network|unreachable|dns"),
    (Fault.TRANSPORT, r"timed? ?out|stream (ended|closed|disconnected|idle)|terminated"),
    (Fault.TRANSPORT, r"malformed|not (valid )?json|json pars|unexpected end of json|incomplete"),
)
"""What vendors and their clients commonly say, the most telling first."""


def classify(message: str, *tables: Sequence[Pattern]) -> Fault | None:
    """Return the class of the first pattern found; ``None`` if it is the agent's own failure.

    Tables are searched in the order given, `COMMON` last.
    """
    for table in (*tables, COMMON):
        for fault, pattern in table:
            if re.search(pattern, message, re.IGNORECASE):
                return fault
    return None
