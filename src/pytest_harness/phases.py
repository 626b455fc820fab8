"""How long a cell spends in each phase."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from pytest_harness.vocabulary import Phase

PhaseSeen = Callable[[int, Phase], None]
"""Told whenever a cell does something else: the round, from 0, and the phase."""


class Phases:
    """Measures phases, and tells of each as it begins."""

    def __init__(self, seen: PhaseSeen) -> None:
        self._seen = seen
        self._durations: dict[Phase, float] = {}
        self.waited = 0.0
        """Seconds spent waiting for a slot, over all rounds."""

    @contextlib.contextmanager
    def of(self, round_: int, phase: Phase) -> Iterator[None]:
        """Measure a phase."""
        self._seen(round_, phase)
        start = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - start
            self._durations[phase] = self._durations.get(phase, 0.0) + spent
            if phase is Phase.WAIT:
                self.waited += spent

    def take(self) -> dict[Phase, float]:
        """Return the seconds by phase since the last call."""
        taken, self._durations = self._durations, {}
        return taken
