"""What messages of programs and vendors say about the reason of a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pytest_harness.vocabulary import Fault

Pattern = tuple[Fault | None, str]
"""A class, ``None`` for the agent's own failure, and the regular expression that a message of it
holds, whatever its case."""

OWN = (
    r"(prompt|input) is too long|input length .* exceed|context.?(length|overflow|window)"
    r"|maximum context|too many tokens|token count .{0,80}exceeds|exceeded the token limit"
    r"|max_output_tokens"
)
"""What a conversation or an answer that grew too long brings upon itself."""

COMMON: Sequence[Pattern] = (
    (Fault.AUTH, r"\b40[13]\b|unauthori[sz]ed|unauthenticated|forbidden|authentication"),
    (Fault.AUTH, r"not logged in|log ?in again|sign(ed)? in again|refresh token"),
    (Fault.AUTH, r"token (has )?expired|(invalid|incorrect)[ _]api[ _]key|permission_denied"),
    (Fault.AUTH, r"api key (is missing|not valid)|invalid x-api-key"),
    (Fault.RATE_LIMIT, r"\b429\b|too many requests|rate.?limit|usage limit|quota|exhausted"),
    (Fault.RATE_LIMIT, r"credit balance"),
    (Fault.UNSUPPORTED, r"\b(404|405|426)\b|model .{0,80}(not exist|not supported|not found)"),
    (Fault.UNSUPPORTED, r"invalid_argument"),
    (Fault.TRANSPORT, r"\b5[023]\d\b|high demand|(server|transient api)[ _]error|overloaded"),
    (Fault.TRANSPORT, r"bad gateway|service unavailable|internal error|transient api issue"),
    (Fault.TRANSPORT, r"connection|ECONN\w+|socket|fetch failed|network|unreachable|dns"),
    (Fault.TRANSPORT, r"(cannot|could not|unable to) connect|sending request|premature close"),
    (Fault.TRANSPORT, r"timed? ?out|stream (ended|closed|disconnected|idle)|terminated"),
    (Fault.TRANSPORT, r"malformed|not (valid )?json|json pars|unexpected end of json|incomplete"),
    (Fault.TRANSPORT, r"in json at position|unexpected token|finish.reason|without (a )?finish"),
    (Fault.TRANSPORT, r"response body|empty response"),
)
"""What vendors and their clients commonly say, the most telling first."""


def classify(message: str, *tables: Sequence[Pattern]) -> Fault | None:
    """Return the class of the first pattern found; ``None`` if it is the agent's own failure.

    What is the agent's `OWN` goes first. Tables are searched in the order given, `COMMON` last.
    """
    if is_own(message):
        return None
    for table in (*tables, COMMON):
        for fault, pattern in table:
            if re.search(pattern, message, re.IGNORECASE):
                return fault
    return None


def is_own(message: str) -> bool:
    """Tell whether a message speaks of a conversation that grew too long."""
    return re.search(OWN, message, re.IGNORECASE) is not None


def of_start(
    title: str,
    lines: Sequence[str],
    table: Sequence[Pattern],
    of_message: Callable[[str], Fault | None],
    *,
    update: str = "",
) -> tuple[Fault | None, str]:
    """Return class and reason of a program that printed ``lines`` and never asked its model.

    ``table`` has what it says where it does not start at all; ``update`` is the command that may
    help where it does not know what it was told.
    """
    for fault, pattern in table:
        for line in lines:
            if re.search(pattern, line, re.IGNORECASE):
                remedy = f"; update it: {update}" if update and fault is Fault.UNSUPPORTED else ""
                return fault, f"{title} did not start: {line.strip()}{remedy}"
    said = lines[-1].strip() if lines else "it printed nothing"
    return of_message(said), f"{title} ended before the model was asked: {said}"
