"""What reached a scripted model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pytest_harness.testing.protocols.base import Asked, Wire, Wish
from pytest_harness.testing.script import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that reached the model."""

    method: str
    """``GET``, ``HEAD`` or ``POST``."""
    path: str
    """Path with query."""
    headers: dict[str, str] = field(repr=False)
    """Headers; names in lower case."""
    body: dict[str, Any] = field(repr=False)
    """The JSON object of its body; empty if it had none."""
    asked: Asked = field(repr=False)
    """The same, as protocols read it."""
    wire: Wire | None = None
    """Its protocol; ``None`` if it asks the model nothing."""
    wish: Wish | None = None
    """What it wants of the model; only `Wish.TURN` takes a step of the script."""
    model: str | None = None
    """The model that was asked for."""
    prompt: str = ""
    """The last thing that the user said."""
    system: str = field(default="", repr=False)
    """Everything else that the model was told: system prompts, the program's reminders."""
    tools: tuple[str, ...] = ()
    """Names of the tools that were offered."""
    conversation: str = ""
    """Which conversation it belongs to; empty if it asks the model nothing."""
    results: tuple[str, ...] = ()
    """Results of tools that it brings, oldest first."""
    answer: Answer | None = None
    """What the script answered; ``None`` if it was not asked for a step."""

    def with_answer(self, answer: Answer) -> Request:
        """Return the same request with the script's answer."""
        return replace(self, answer=answer)
