"""What Codex's messages say about the reason of a failure."""

from __future__ import annotations

import json
import re

from pytest_harness.backends.codex.program import CODEX
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: tuple[tuple[Fault, str], ...] = (
    (Fault.AUTH, r"status:? 40[13]\b|\b401 Unauthorized|\b403 Forbidden"),
    (
        Fault.AUTH,
        r"not logged in|log ?in again|sign(ed)? in again|refresh token|token (has )?expired",
    ),
    (Fault.AUTH, r"invalid[ _]api[ _]key|incorrect api key"),
    (Fault.RATE_LIMIT, r"status:? 429\b|\b429 Too Many|rate limit|usage limit|quota"),
    (Fault.UNAVAILABLE, r"missing environment variable"),
    (
        Fault.UNSUPPORTED,
        r"status:? (404|405|426)\b|model .{0,80}(not exist|not supported|not found)",
    ),
    (Fault.TRANSPORT, r"status:? 5\d\d\b|experiencing high demand|server_error|overloaded"),
    (
        Fault.TRANSPORT,
        r"stream disconnected|stream closed|error sending request|connection|network",
    ),
    (Fault.TRANSPORT, r"timed? ?out|idle timeout|dns|unreachable"),
)

_OUTPUT: tuple[tuple[Fault, str], ...] = (
    (Fault.UNAVAILABLE, r"OSS setup failed|No running \S+ server|is too old\. Codex requires"),
    (Fault.UNSUPPORTED, r"Error loading config|unexpected argument|invalid value|^error: "),
)

_FENCE = re.compile(
    r"^bwrap: (Creating new namespace|No permissions|setting up uid map|execvp|loopback"
    r"|Can't|Failed to)|^Error: .*landlock|sandbox.*not supported on this",
    re.IGNORECASE | re.MULTILINE,
)


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    fault = _first(_MESSAGES, text)
    if fault in {None, Fault.TRANSPORT} and _is_refusal(text):
        return Fault.UNSUPPORTED
    return fault


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where Codex ended without a turn."""
    text = result.stderr.last(4000).strip()
    fault = _first(_OUTPUT, text) or of_message(text)
    line = next((each for each in text.splitlines() if each.strip()), "")
    if fault is Fault.UNSUPPORTED:
        return fault, f"Codex refused its command line: {line}; update it: {CODEX.install}@latest"
    return fault, f"Codex ended before the model was asked: {line or 'it printed nothing'}"


def is_fence(output: str) -> bool:
    """Tell whether a command's output says that Codex's sandbox could not be set up."""
    return _FENCE.search(output[:2000]) is not None


def _is_refusal(text: str) -> bool:
    """Tell whether a message is the body of a refused request, which Codex prints as it came.

    A prompt that grew too long is the agent's own doing.
    """
    try:
        body = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(body, dict)
        and bool({"error", "detail"} & body.keys())
        and ("context_length" not in text)
    )


def _first(table: tuple[tuple[Fault, str], ...], text: str) -> Fault | None:
    """Return the first class whose pattern is in ``text``."""
    for fault, pattern in table:
        if re.search(pattern, text, re.IGNORECASE | re.MULTILINE):
            return fault
    return None
