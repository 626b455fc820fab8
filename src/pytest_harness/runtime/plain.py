"""The runtimes without a fence: the user's own home, or a fresh one.

Nothing keeps a process in its place here; what it changes elsewhere is found afterwards, as far as
it can be.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_harness.runtime.base import RuntimeProbe
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import (
    NO_LIMITS,
    LineSeen,
    ProcessResult,
    ProcessSpec,
    ResourceLimits,
    Runner,
)
from pytest_harness.runtime.profile import HomeSettings
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode


@dataclass(frozen=True, slots=True)
class LimitedRunner(Runner):
    """Gives every process the same limits."""

    runner: Runner
    limits: ResourceLimits

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        """Run ``spec`` with the limits; see `Runner.run`."""
        return self.runner.run(dataclasses.replace(spec, limits=self.limits), on_line)


@dataclass(frozen=True, slots=True)
class PlainRuntime:
    """``host`` and ``profile``."""

    chosen: RuntimeSettings

    @property
    def name(self) -> str:
        """``host`` or ``profile``."""
        return self.chosen.mode

    @property
    def own_home(self) -> bool:
        """Whether agents get the user's own home."""
        return self.chosen.mode == RuntimeMode.HOST

    @property
    def homes(self) -> HomeSettings:
        """Which home agents get."""
        return HomeSettings(home=self.chosen.home, seed=self.chosen.seed)

    @property
    def fenced(self) -> bool:
        """Nothing holds a process back."""
        return False

    @property
    def host_programs(self) -> bool:
        """Programs are those of this machine."""
        return True

    def settings(self) -> Mapping[str, str]:
        """All that a result depends on."""
        return self.chosen.described()

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> RuntimeProbe:  # noqa: ARG002
        """Always there."""
        return RuntimeProbe(runtime=self.name, ready=True)

    @contextlib.contextmanager
    def enter(self, place: Place, runner: Runner) -> Iterator[Runner]:  # noqa: ARG002
        """Give a runner with the limits that were set."""
        limits = self.chosen.limits
        yield runner if limits == NO_LIMITS else LimitedRunner(runner, limits)
