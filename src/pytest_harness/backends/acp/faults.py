"""What programs that speak the protocol say about the reason of a failure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_harness.backends.acp.program import AcpProgram
from pytest_harness.backends.classify import Pattern, classify
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: Sequence[Pattern] = (
    (Fault.UNSUPPORTED, r"version .{0,20} of the protocol|cannot be told the model"),
    (Fault.RATE_LIMIT, r"\b429\b"),
    (Fault.TRANSPORT, r"server error|finish.reason|without a word of the model|without an answer"),
    (Fault.UNSUPPORTED, r"method not found|\b400\b|invalid params"),
)


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    return classify(text, _MESSAGES)


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where the program ended without a turn."""
    text = result.stderr.last(4000).strip() or result.stdout.text()[:4000].strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = lines[-1] if lines else "it printed nothing"
    fault = of_message(said) or Fault.UNSUPPORTED
    return fault, f"{AcpProgram().title} ended before it answered in the protocol: {said}"
