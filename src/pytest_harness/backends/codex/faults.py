"""What Codex's messages say about the reason of a failure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pytest_harness.backends.classify import Pattern, classify, is_own
from pytest_harness.backends.codex.program import CODEX
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: Sequence[Pattern] = ((Fault.UNAVAILABLE, r"missing environment variable"),)
_OUTPUT: Sequence[Pattern] = (
    (Fault.UNAVAILABLE, r"OSS setup failed|No running \S+ server|is too old\. Codex requires"),
    (Fault.UNSUPPORTED, r"Error loading config|unexpected argument|invalid value|(?m:^error: )"),
)

_FENCE = re.compile(
    r"^bwrap: (Creating new namespace|No permissions|setting up uid map|execvp|loopback"
    r"|Can't|Failed to)|^Error: .*landlock|sandbox.*not supported on this",
    re.IGNORECASE | re.MULTILINE,
)


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    fault = classify(text, _MESSAGES)
    if fault in {None, Fault.TRANSPORT} and not is_own(text) and _is_refusal(text):
        return Fault.UNSUPPORTED
    return fault


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where Codex ended without a turn."""
    text = result.stderr.last(4000).strip()
    fault = classify(text, _OUTPUT, _MESSAGES)
    line = next((each for each in text.splitlines() if each.strip()), "")
    if fault is Fault.UNSUPPORTED:
        return fault, f"Codex refused its command line: {line}; update it: {CODEX.install}@latest"
    return fault, f"Codex ended before the model was asked: {line or 'it printed nothing'}"


def is_fence(output: str) -> bool:
    """Tell whether a command's output says that Codex's sandbox could not be set up."""
    return _FENCE.search(output[:2000]) is not None


def _is_refusal(text: str) -> bool:
    """Tell whether a message is the body of a refused request, which Codex prints as it came."""
    try:
        body = json.loads(text)
    except ValueError:
        return False
    return isinstance(body, dict) and bool({"error", "detail"} & body.keys())
