"""Seeing what the processes of one proposal left behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pytest_harness.runtime.process import LineSeen, ProcessResult, ProcessSpec, Runner


@dataclass(frozen=True, slots=True)
class Afterlife:
    """When leftovers of a process were alive without it, in seconds since the epoch."""

    began: float
    """When the process itself ended."""
    ended: float
    """When nothing was left."""


class WitnessRunner(Runner):
    """Runs processes by another runner, and remembers what they left running.

    ``before_first`` is called once, before anything is run.
    """

    def __init__(self, runner: Runner, before_first: Callable[[], None]) -> None:
        self._runner = runner
        self._before_first = before_first
        self.runs = 0
        """Processes that were started."""
        self.survivors = 0
        """Processes left running, all together."""
        self.detached = 0
        """How many of those had let go of their streams."""
        self.afterlives: list[Afterlife] = []
        """When leftovers were alone."""

    def watch(self, runner: Runner) -> None:
        """Run processes by another runner from now on."""
        self._runner = runner

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        """Run ``spec``; see `Runner.run`."""
        if not self.runs:
            self._before_first()
        self.runs += 1
        result = self._runner.run(spec, on_line)
        self.survivors += result.survivors
        self.detached += result.detached
        if result.survivors and result.left_at is not None:
            self.afterlives.append(Afterlife(result.left_at, time.time()))
        return result
