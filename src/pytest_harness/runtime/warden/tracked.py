"""A job that is running, and how far it has come."""

from __future__ import annotations

import enum

from .meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .request import Start

SPIN = 0.1
"""Seconds for which killing does not pause, so that no chain of forks can run ahead of it."""


class Phase(enum.Enum):
    """How far a job has come."""

    RUNNING = enum.auto()
    SETTLING = enum.auto()
    """The main process has gone; the rest may follow by itself."""
    PARTING = enum.auto()
    """Everything is to end, and may do so by itself for a while."""
    ENDING = enum.auto()
    """Everything was asked to end."""
    KILLING = enum.auto()


class Job:
    """The process tree that is running."""

    def __init__(
        self, main: int, request: Start, pipes: set[tuple[int, int] | None], now: float
    ) -> None:
        self.main = main
        self.grace = request.grace
        self.private = request.private
        self.pipes = pipes
        """The pipes for output, by which its survivors are told from what meant to stay."""
        self.meter = Meter(request.memory, request.processes, now)
        self.phase = Phase.RUNNING
        self.deadline = 0.0
        self.parted = 0.0
        """When a job that is parting is asked to end."""
        self.killing_since = 0.0
        self.exited = False
        self.asked = False
        """Whether the main process was asked to end before it did."""
        self.limited = False
        """Whether a limit ended the main process."""
        self.limit: str | None = None
        """The limit that was exceeded."""
        self.too_large = False
        """Whether a process was ended because a file grew too large."""
        self.survivors: set[int] = set()
        self.detached = 0
        self.told: set[int] = set()

    def pause(self, now: float) -> float | None:
        """Return how long to wait for news, in seconds."""
        if self.phase is Phase.RUNNING:
            return self.meter.wait(now) if self.meter.on else None
        if self.phase is Phase.PARTING:
            left = max(0.0, self.parted - now)
            return min(left, self.meter.wait(now)) if self.meter.on else left
        if self.phase is Phase.KILLING:
            return 0.0 if now - self.killing_since < SPIN else 0.002
        return 0.005

    def kill(self, now: float) -> None:
        """Go over to killing."""
        self.phase = Phase.KILLING
        self.killing_since = now

    def exceed(self, limit: str, now: float) -> None:
        """Note that a limit was exceeded: asking politely would only let it grow further."""
        self.limit = limit
        self.limited = not self.exited and not self.asked
        self.kill(now)
