"""A profile behind a fence of the operating system."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.base import RuntimeProbe
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import Runner
from pytest_harness.runtime.settings import RuntimeSettings


@dataclass(frozen=True, slots=True)
class SandboxRuntime:
    """``sandbox``."""

    chosen: RuntimeSettings

    @property
    def name(self) -> str:
        """Its name."""
        return "sandbox"

    @property
    def own_home(self) -> bool:
        """Homes are fresh."""
        return False

    @property
    def fenced(self) -> bool:
        """Processes are kept in their place."""
        return True

    @property
    def host_programs(self) -> bool:
        """Whether programs are those of this machine."""
        return True

    def settings(self) -> Mapping[str, str]:
        """All that a result depends on."""
        return self.chosen.described()

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> RuntimeProbe:  # noqa: ARG002
        """Say whether it can be had here."""
        return RuntimeProbe(
            runtime=self.name,
            ready=False,
            missing="it is not part of this version",
            remedy="use host or profile",
        )

    @contextlib.contextmanager
    def enter(self, place: Place, runner: Runner) -> Iterator[Runner]:  # noqa: ARG002
        """Give a runner whose processes run here."""
        raise SupervisorError("it is not part of this version; use host or profile")
        yield runner  # type: ignore[unreachable]
