"""A profile behind a fence of the operating system."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_harness.errors import ConfigurationError, SupervisorError
from pytest_harness.runtime.base import RuntimeProbe
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import LimitedRunner
from pytest_harness.runtime.process import NO_LIMITS, Runner
from pytest_harness.runtime.profile import HomeSettings
from pytest_harness.runtime.refusal import Refusal
from pytest_harness.runtime.sandbox.bubblewrap import Bubblewrap
from pytest_harness.runtime.sandbox.fences import Fenced, choose
from pytest_harness.runtime.sandbox.relay import Relay
from pytest_harness.runtime.sandbox.runner import SandboxRunner
from pytest_harness.runtime.sandbox.view import View
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Fence, Network


@dataclass(frozen=True, slots=True)
class SandboxRuntime:
    """``sandbox``: processes of this machine that see and change their own place only.

    Raises `ConfigurationError` for an unknown ``fence`` and for a root directory as readable.
    """

    chosen: RuntimeSettings

    def __post_init__(self) -> None:
        fence = self.chosen.options.get("fence")
        if fence is not None and fence not in set(Fence):
            raise ConfigurationError(f"fence {fence!r} is unknown; use one of {', '.join(Fence)}")
        if any(len(path.parts) < 2 for path in self.chosen.readable):
            raise ConfigurationError(
                "readable names the root directory, which shows everything; name what is needed"
            )

    @property
    def name(self) -> str:
        """Its name."""
        return "sandbox"

    @property
    def own_home(self) -> bool:
        """Homes are fresh."""
        return False

    @property
    def homes(self) -> HomeSettings:
        """Which home agents get."""
        return HomeSettings(home=self.chosen.home, seed=self.chosen.seed)

    @property
    def fenced(self) -> bool:
        """Processes are kept in their place."""
        return True

    @property
    def host_programs(self) -> bool:
        """Programs are those of this machine."""
        return True

    def settings(self) -> Mapping[str, str]:
        """All that a result depends on."""
        return self.chosen.described()

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> RuntimeProbe:
        """Try the fence, and say what it is or why it cannot be had."""
        found = self.chosen.absent() or self._choose(runner, environment)
        if isinstance(found, Refusal):
            return RuntimeProbe.refused(self.name, found)
        return RuntimeProbe(runtime=self.name, ready=True, how=found.how, notes=found.notes)

    @contextlib.contextmanager
    def enter(self, place: Place, runner: Runner) -> Iterator[Runner]:
        """Give a runner whose processes run behind the fence.

        Raises `SupervisorError` if there is none.
        """
        found = self._choose(runner, os.environ)
        if isinstance(found, Refusal):
            raise SupervisorError(f"there is no sandbox: {found.missing}; {found.remedy}")
        chosen = self.chosen
        view = View(place, readable=chosen.readable, home=chosen.home, environment=os.environ)
        limits = chosen.limits
        limited = runner if limits == NO_LIMITS else LimitedRunner(runner, limits)
        own_network = isinstance(found.by, Bubblewrap) and chosen.network is Network.LOOPBACK
        with Relay() if own_network else contextlib.nullcontext() as relay:
            yield SandboxRunner(limited, found.by, view, chosen.network, chosen.ports, relay)

    def _choose(self, runner: Runner, environment: Mapping[str, str]) -> Fenced | Refusal:
        fence = self.chosen.options.get("fence")
        wanted = None if fence is None else Fence(str(fence))
        return choose(wanted, self.chosen.network, environment, runner)
