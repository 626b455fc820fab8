"""What a program asks its model, read from its requests, and how that differs from before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_harness.backends.traffic.tape import Exchange
from pytest_harness.testing.protocols import protocol_for
from pytest_harness.testing.protocols.base import Asked, Wish

_CHANGING = re.compile(r"[0-9a-fA-F-]{8,}|\d+")
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Question:
    """One request to a model."""

    path: str
    """Below the path of the endpoint."""
    conversation: str
    """Which conversation it belongs to."""
    tools: frozenset[str]
    """Names of the tools that it offers."""
    system: str
    """What the model is told beside the user's words, without numbers."""
    prompt: str
    """The last thing that the user said."""

    @property
    def kind(self) -> tuple[str, bool]:
        """What conversations have in common that are about the same."""
        return self.path, bool(self.tools)


def question(
    method: str, path: str, headers: Mapping[str, str], body: str | bytes
) -> Question | None:
    """Read a request; ``None`` if it asks no model for an answer."""
    try:
        document: Any = json.loads(body or b"{}")
    except ValueError:
        return None
    if method != "POST" or not isinstance(document, dict):
        return None
    asked = Asked(path=path.partition("?")[0].rstrip("/"), headers=headers, body=document)
    found = protocol_for(asked)
    if found is None or found[1] is Wish.COUNT:
        return None
    protocol = found[0]
    return Question(
        path=asked.path,
        conversation=protocol.conversation(asked),
        tools=frozenset(each.name for each in protocol.offered(asked)),
        system=_CHANGING.sub("#", protocol.system(asked)),
        prompt=protocol.prompt(asked),
    )


def recorded_question(exchange: Exchange) -> Question | None:
    """Read a request that was recorded."""
    return question(exchange.method, exchange.path, exchange.headers, exchange.body)


def differences(pairs: Iterable[tuple[Question, Question]], now: int, then: int) -> list[str]:
    """Say in sentences what is asked differently than it was; ``pairs`` are then and now.

    ``now`` and ``then`` are the numbers of requests to the model.
    """
    found: list[str] = []
    if now != then:
        found.append(f"asked its model {_times(now)}, and {_times(then)} when it was recorded")
    new: set[str] = set()
    gone: set[str] = set()
    systems = prompts = False
    for old, live in pairs:
        new |= live.tools - old.tools
        gone |= old.tools - live.tools
        systems = systems or old.system != live.system
        prompts = prompts or old.prompt != live.prompt
    if new:
        found.append(f"offered its model tools that were not recorded: {_listed(new)}")
    if gone:
        found.append(f"did not offer its model tools that were recorded: {_listed(gone)}")
    if systems:
        found.append("gave its model other instructions than were recorded")
    if prompts:
        found.append("asked its model something else than was recorded")
    return found


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _listed(names: set[str]) -> str:
    listed = ", ".join(sorted(names)[:_NAMED])
    return listed if len(names) <= _NAMED else f"{listed} and {len(names) - _NAMED} more"
