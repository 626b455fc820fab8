"""What Claude Code's messages say about the reason of a failure."""

from __future__ import annotations

import re

from pytest_harness.backends.classify import Pattern, classify
from pytest_harness.backends.claude.program import INSTALL, SDK
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_MESSAGES: tuple[Pattern, ...] = (
    (None, r"^error_max_"),
    (Fault.RATE_LIMIT, r"(hit|reached) your .{0,20}limit|limit reached"),
    (Fault.UNSUPPORTED, r"issue with the selected model|api error: 4(00|13|22)\b"),
    (Fault.TRANSPORT, r"no answer:|cut short"),
)

_SDK: tuple[Pattern, ...] = (
    (Fault.UNAVAILABLE, r"^(ImportError|ModuleNotFoundError|CLINotFoundError):"),
    (Fault.UNSUPPORTED, r"^(AttributeError|TypeError|ValueError|KeyError|NameError):"),
    (Fault.UNSUPPORTED, r"^(MessageParseError|CLIJSONDecodeError):"),
    (Fault.TRANSPORT, r"^CLIConnectionError:"),
    (Fault.UNAVAILABLE, r"^(PermissionError|OSError|FileNotFoundError):"),
)

_REFUSED = re.compile(
    r"^error: |unknown option|--agent .* not found|cannot be used with root", re.IGNORECASE
)


def of_message(message: str) -> Fault | None:
    """Return the class of a failed turn's message; ``None`` if it is the agent's own failure.

    A limit that the user set and a prompt that grew too long are the agent's own.
    """
    return classify(message, _SDK, _MESSAGES)


def of_start(result: ProcessResult, title: str = "Claude Code") -> tuple[Fault | None, str]:
    """Return class and reason where the program ended without asking its model."""
    said = result.stderr.last(4000).strip() or result.stdout.last(4000).strip()
    line = next((each.strip() for each in said.splitlines() if each.strip()), "")
    if _REFUSED.search(said):
        return Fault.UNSUPPORTED, f"{title} refused its command line: {line}; update: {INSTALL}"
    reason = f"{title} ended before the model was asked: {line or 'it printed nothing'}"
    # A program that does not even start says nothing about an agent.
    return classify(said, _MESSAGES) or Fault.UNAVAILABLE, reason


def of_child(result: ProcessResult) -> tuple[Fault | None, str]:
    """Return class and reason where the child of the SDK ended without asking a model."""
    if result.exit == 0 and result.stdout.total:
        line = result.stdout.text().strip().splitlines()[:1]
        reason = f"the Claude Agent SDK printed what is no event: {''.join(line)!r}"
        return Fault.UNSUPPORTED, f"{reason}; install it again: {SDK.install}"
    return of_start(result, SDK.title)
