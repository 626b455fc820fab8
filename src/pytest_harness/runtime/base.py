"""What a runtime is: where processes run, and what keeps them there.

A runtime wraps a `Runner`: whoever starts processes is handed the wrapped one and notices nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_harness.runtime.place import Place
    from pytest_harness.runtime.process import Runner
    from pytest_harness.runtime.profile import HomeSettings
    from pytest_harness.runtime.refusal import Refusal
    from pytest_harness.runtime.settings import RuntimeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeProbe:
    """Whether a runtime can be had here."""

    runtime: str
    """Its name."""
    ready: bool
    """Whether processes could be run."""
    how: str = ""
    """What does the work: ``bubblewrap 0.8.0``, ``podman 4.3.1``."""
    missing: str = ""
    """What is missing, in one sentence."""
    remedy: str = ""
    """What to do about it, in one sentence that can be followed."""
    notes: tuple[str, ...] = ()
    """What it cannot do here, and anything else worth knowing."""

    @classmethod
    def refused(cls, runtime: str, refusal: Refusal) -> RuntimeProbe:
        """Return what is said of a runtime that cannot be had."""
        return cls(runtime=runtime, ready=False, missing=refusal.missing, remedy=refusal.remedy)


class Runtime(Protocol):
    """Somewhere to run processes."""

    @property
    def name(self) -> str:
        """As on the command line: ``host``, ``profile``, ``sandbox``, ``container`` or another."""
        ...

    @property
    def own_home(self) -> bool:
        """Whether agents get the user's own home and settings."""
        ...

    @property
    def homes(self) -> HomeSettings:
        """Which home agents get where they do not get the user's own."""
        ...

    @property
    def fenced(self) -> bool:
        """Whether something else than good will keeps processes in their place."""
        ...

    @property
    def host_programs(self) -> bool:
        """Whether the programs of this machine can be started, at the paths they have here."""
        ...

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on, as text, for the fingerprint; no secret value."""
        ...

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> RuntimeProbe:
        """Say whether it can be had here. Asked once per process of a session."""
        ...

    def enter(self, place: Place, runner: Runner) -> AbstractContextManager[Runner]:
        """Give a runner whose processes run here, in ``place``, for as long as the context lasts.

        ``runner`` runs processes of this machine and stays the way to do so. When a run of the
        given runner returns, nothing that it started is alive, and the writable directories of the
        place hold what it left. Raises `SupervisorError` if the place cannot be had.
        """
        ...


RuntimeFactory = Callable[["RuntimeSettings"], Runtime]
"""Makes a runtime; raises `ConfigurationError` for settings that it cannot honour."""
