"""What Gemini CLI's messages say about the reason of a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_harness.backends import classify
from pytest_harness.backends.classify import Pattern
from pytest_harness.backends.gemini.program import GEMINI
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: Sequence[Pattern] = (
    (None, r"max session turns"),
    (Fault.AUTH, r"api key not valid|api.?key.?(invalid|service.?blocked|expired)"),
    (Fault.RATE_LIMIT, r"request a quota increase"),
    (Fault.UNSUPPORTED, r"\"code\": ?40[04]\b|invalid_argument|model\S* (is )?not found"),
)
_START: Sequence[Pattern] = (
    (Fault.UNAVAILABLE, r"invalid auth method|must specify the \w+ environment|set an auth method"),
    (Fault.UNSUPPORTED, r"unknown argument|invalid values|not enough arguments"),
    (Fault.UNSUPPORTED, r"not running in a trusted directory|system prompt file"),
)
_NOISE = re.compile(r"Warning: |Security Warning|YOLO mode|Ripgrep|\[STARTUP\]|\s+at |Usage:|\s*$")
_RETRY = re.compile(r"^Attempt \d+ failed\b.{0,200}?\b[Rr]etrying\b.{0,200}", re.MULTILINE)


def of_message(text: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure."""
    return classify.classify(text, _MESSAGES)


def of_start(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return the class and the reason where the program ended without a turn."""
    text = result.stderr.last(8000)
    lines = [line for line in text.splitlines() if not _NOISE.match(line)]
    update = f"{GEMINI.install}@latest"
    return classify.of_start(GEMINI.title, lines, _START, of_message, update=update)


def retries(result: ProcessResult) -> list[str]:
    """Return what the program said each time that it asked its model again."""
    return _RETRY.findall(result.stderr.text())
