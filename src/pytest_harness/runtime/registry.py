"""Which runtimes there are, and how one is made from its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean
from pytest_harness.vocabulary import RuntimeMode

if TYPE_CHECKING:
    from pytest_harness.runtime.base import Runtime, RuntimeFactory
    from pytest_harness.runtime.settings import RuntimeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeKind:
    """What is known of a runtime without importing it."""

    make: Callable[[RuntimeSettings], Runtime]
    """Makes it."""
    keys: tuple[str, ...] = ()
    """Keys of ``harness.toml`` that mean something to it, beside its limits."""


def _plain(settings: RuntimeSettings) -> Runtime:
    from pytest_harness.runtime.plain import PlainRuntime

    return PlainRuntime(settings)


def _sandbox(settings: RuntimeSettings) -> Runtime:
    from pytest_harness.runtime.sandbox.runtime import SandboxRuntime

    return SandboxRuntime(settings)


def _container(settings: RuntimeSettings) -> Runtime:
    from pytest_harness.runtime.container.runtime import ContainerRuntime

    return ContainerRuntime(settings)


RUNTIMES: Mapping[str, RuntimeKind] = {
    RuntimeMode.HOST: RuntimeKind(make=_plain),
    RuntimeMode.PROFILE: RuntimeKind(make=_plain, keys=("home", "seed")),
    RuntimeMode.SANDBOX: RuntimeKind(
        make=_sandbox, keys=("home", "seed", "network", "ports", "readable", "fence")
    ),
    RuntimeMode.CONTAINER: RuntimeKind(
        make=_container,
        keys=(
            "network",
            "ports",
            "readable",
            "image",
            "engine",
            "cpus",
            "user",
            "python",
            "engine_args",
        ),
    ),
}
"""The runtimes that ship."""

LIMIT_KEYS = ("memory", "processes", "file_size")
"""Keys that every runtime knows."""


def check_name(name: str, others: Iterable[str] = ()) -> None:
    """Raise `ConfigurationError` if there is no such runtime."""
    known = sorted({*map(str, RUNTIMES), *others})
    if name in known:
        return
    raise ConfigurationError(
        f"runtime {name!r} is unknown; {did_you_mean(name, known)}use one of {', '.join(known)}"
    )


def make_runtime(settings: RuntimeSettings, others: Mapping[str, RuntimeFactory]) -> Runtime:
    """Make a runtime.

    Raises `ConfigurationError` for an unknown one and for settings that it cannot honour.
    """
    check_name(settings.mode, others)
    if settings.mode in others:
        return others[settings.mode](settings)
    return RUNTIMES[settings.mode].make(settings)
