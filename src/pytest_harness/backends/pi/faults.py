"""What Pi's messages say about the reason of a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_harness.backends import classify
from pytest_harness.backends.classify import Pattern
from pytest_harness.backends.pi.program import PI
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: Sequence[Pattern] = (
    (Fault.UNAVAILABLE, r"^the SDK of Pi cannot be loaded"),
    (Fault.UNSUPPORTED, r"^Pi was not asked"),
    (Fault.INTERNAL, r"^the SDK of Pi crashed"),
    (None, r"cut at its length"),
    (Fault.AUTH, r"api key not valid|no api key (found )?for|no api key available"),
    (Fault.UNSUPPORTED, r"^400\b"),
    (Fault.TRANSPORT, r"ended (before|without)|could not parse"),
)
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
    return classify.classify(text, _MESSAGES)


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where the program ended without a turn."""
    lines = [each for each in result.stderr.last(8000).splitlines() if not _NOISE.match(each)]
    fault, reason = classify.of_start(PI.title, lines, _START, of_message)
    return fault or Fault.UNAVAILABLE, reason
