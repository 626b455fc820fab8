"""What Copilot CLI's messages say about the reason of a failure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_harness.backends.classify import Pattern, classify
from pytest_harness.backends.copilot.program import COPILOT
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: Sequence[Pattern] = (
    (Fault.AUTH, r"no authentication information|could not be validated|personal access token"),
    (Fault.AUTH, r"not (have|authorized to use) .{0,40}copilot|copilot (license|subscription)"),
    (Fault.RATE_LIMIT, r"premium requests?|AI credits?|allowance"),
    (Fault.TRANSPORT, r"failed to (finalize|parse) .{0,60}stream|model http request|fetch"),
)
_START: Sequence[Pattern] = (
    (Fault.UNSUPPORTED, r"no such agent|invalid value|invalid --|unexpected argument"),
    (Fault.UNSUPPORTED, r"explicit model|invalid provider|model .{0,80}not available|invalid rule"),
)


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    return classify(text, _MESSAGES)


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where the program ended without a turn."""
    said = result.stderr.last(8000).strip()
    if not said:
        reason = f"{COPILOT.title} ended with exit code {result.exit} and printed no reason"
        return None, reason
    first = said.split("\n\nTo authenticate", 1)[0].removeprefix("Error: ").removeprefix("error: ")
    return classify(first, _START, _MESSAGES), f"{COPILOT.title} did not start: {first}"


def of_child(result: ProcessResult, title: str) -> tuple[Fault | None, str]:
    """Return the class and the reason where the child of the SDK ended without a turn."""
    lines = [line for line in result.stderr.last(8000).splitlines() if line.strip()]
    said = lines[-1].strip() if lines else f"exit code {result.exit}, without a reason"
    return classify(said, _START, _MESSAGES), f"{title} did not start: {said}"
