"""What OpenCode's messages say about the reason of a failure."""

from __future__ import annotations

import re

from pytest_harness.backends.classify import Pattern, classify
from pytest_harness.backends.opencode.events import CUT, NO_AGENT, VAIN
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: tuple[Pattern, ...] = (
    (Fault.UNSUPPORTED, NO_AGENT),
    (Fault.UNSUPPORTED, r"model not found|ProviderModelNotFound|status 4(00|04|05|22)\b"),
    (Fault.AUTH, r"status 40[13]\b"),
    (Fault.RATE_LIMIT, r"status 429\b"),
    (Fault.TRANSPORT, rf"status 5\d\d\b|{CUT}"),
)
_START: tuple[Pattern, ...] = (
    (Fault.UNAVAILABLE, r"EROFS|ENOSPC|EACCES|read-only file system"),
    (Fault.UNSUPPORTED, r"config(uration)? .{0,200}(invalid|error)|invalid .{0,80}config"),
    (Fault.UNSUPPORTED, r"unknown arguments?|invalid values|not enough non-option"),
)


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    found = classify(text, _MESSAGES)
    if text.startswith(VAIN) and found not in {Fault.AUTH, Fault.RATE_LIMIT}:
        # The program asks again only where that might help.
        return Fault.TRANSPORT
    return found


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where OpenCode ended without asking its model."""
    said = (result.stdout.text() + result.stderr.text())[-20_000:]
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith(("timestamp=", "{"))]
    errors += [line for line in lines if " level=ERROR " in line]
    line = re.sub(r"\x1b\[[\d;]*m", "", errors[0]) if errors else ""
    fault = classify("\n".join(errors), _START, _MESSAGES)
    what = line or f"it printed nothing, and its exit code is {result.exit}"
    return fault, f"OpenCode ended before its model was asked: {what}"
