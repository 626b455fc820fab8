"""An image run by a container engine."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.base import RuntimeProbe
from pytest_harness.runtime.container.engine import choose
from pytest_harness.runtime.container.options import ContainerOptions, described
from pytest_harness.runtime.container.runner import ContainerRunner
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import Runner
from pytest_harness.runtime.profile import FRESH, HomeSettings
from pytest_harness.runtime.refusal import Refusal
from pytest_harness.runtime.sandbox.relay import Relay
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Network


@dataclass(frozen=True, slots=True)
class ContainerRuntime:
    """``container``: each process has a container of its own, and programs are the image's.

    Raises `ConfigurationError` for settings without an image, and for wrong ones.
    """

    chosen: RuntimeSettings

    def __post_init__(self) -> None:
        ContainerOptions.read(self.chosen)

    @property
    def name(self) -> str:
        """Its name."""
        return "container"

    @property
    def own_home(self) -> bool:
        """Homes are fresh."""
        return False

    @property
    def homes(self) -> HomeSettings:
        """Homes are fresh and empty."""
        return FRESH

    @property
    def fenced(self) -> bool:
        """Processes are kept in their place."""
        return True

    @property
    def host_programs(self) -> bool:
        """Programs are the image's."""
        return False

    def settings(self) -> Mapping[str, str]:
        """All that a result depends on."""
        return described(self.chosen)

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> RuntimeProbe:
        """Start a container of the image, and say how that works or why it does not."""
        options = ContainerOptions.read(self.chosen)
        found = self.chosen.absent() or choose(options, environment, runner)
        if isinstance(found, Refusal):
            return RuntimeProbe.refused(self.name, found)
        return RuntimeProbe(runtime=self.name, ready=True, how=found.how, notes=found.notes)

    @contextlib.contextmanager
    def enter(self, place: Place, runner: Runner) -> Iterator[Runner]:
        """Give a runner whose processes run in containers.

        Raises `SupervisorError` if no container can be had.
        """
        options = ContainerOptions.read(self.chosen)
        found = choose(options, os.environ, runner)
        if isinstance(found, Refusal):
            raise SupervisorError(f"there is no container: {found.missing}; {found.remedy}")
        with contextlib.ExitStack() as held:
            files = held.enter_context(tempfile.TemporaryDirectory(prefix="harness-container-"))
            relay = None
            if options.network is Network.LOOPBACK:
                relay = held.enter_context(Relay())
            yield ContainerRunner(runner, found, options, place, os.environ, Path(files), relay)
