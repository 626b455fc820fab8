"""What Pi's messages say about the reason of a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_harness.backends.classify import Pattern, classify
from pytest_harness.backends.pi.program import PI
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: Sequence[Pattern] = (
    (Fault.UNAVAILABLE, r"^the SDK of Pi cannot be loaded"),
    (Fault.UNSUPPORTED, r"^Pi was not asked"),
    (Fault.INTERNAL, r"^the SDK of Pi crashed"),
    (Fault.AUTH, r"invalid x-api-key|api key not valid|PERMISSION_DENIED|UNAUTHENTICATED"),
    (Fault.AUTH, r"no api key (found )?for|no api key available"),
    (Fault.RATE_LIMIT, r"RESOURCE_EXHAUSTED|insufficient_quota|credit balance"),
    (Fault.UNSUPPORTED, r"^400\b|INVALID_ARGUMENT"),
    (
        Fault.TRANSPORT,
        r"without (a )?finish|ended (before|without)|could not parse|unexpected token",
    ),
    (Fault.TRANSPORT, r"in JSON at position|no response body|premature close"),
)
_OWN = re.compile(
    r"context (window|length)|maximum context|prompt is too long|too many tokens|cut at its length",
    re.IGNORECASE,
)
"""What a long conversation brings upon itself."""
_START: Sequence[Pattern] = (
    (Fault.AUTH, r"no api key|use /login|no models available"),
    (Fault.UNSUPPORTED, r"unknown provider|model .{0,200}not found|ambiguous across"),
    (Fault.UNSUPPORTED, r"unknown option|invalid (value|thinking|mode)|does not provide an export"),
    (Fault.UNSUPPORTED, r"failed to load extension|errors loading models"),
    (Fault.UNAVAILABLE, r"cannot find (module|package)|no such file|command not found"),
)
_NOISE = re.compile(r"Warning: |\s+at |\s*\^|Node\.js v|\s*$|\(Use `node")


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    return None if _OWN.search(text) else classify(text, _MESSAGES)


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where the program ended without a turn."""
    lines = [each for each in result.stderr.last(8000).splitlines() if not _NOISE.match(each)]
    for fault, pattern in _START:
        for line in lines:
            if re.search(pattern, line, re.IGNORECASE):
                return fault, f"{PI.title} did not start: {line.strip()}"
    said = lines[-1].strip() if lines else "it printed nothing"
    fault = of_message(said) or Fault.UNAVAILABLE
    return fault, f"{PI.title} ended before the model was asked: {said}"
