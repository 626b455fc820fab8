"""The calls of tools that have begun and not ended yet."""

from __future__ import annotations

from pytest_harness.backends.events import Event
from pytest_harness.backends.transcript import remembered

OPEN = 1000
"""Calls without a result that are remembered."""


class OpenCalls:
    """What the start of each call told, for the event of its end."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}

    def __bool__(self) -> bool:
        """Tell whether a call has not ended yet."""
        return bool(self._events)

    def started(self, event: Event) -> Event:
        """Remember a call, and return its event as it is."""
        if len(self._events) < OPEN:
            self._events[event.call] = remembered(event)
        return event

    def ended(self, call: str) -> Event | None:
        """Forget a call, and return what is left of its event; ``None`` if it is not known."""
        return self._events.pop(call, None)
