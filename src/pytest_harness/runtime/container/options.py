"""What can be set of containers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.process import ResourceLimits
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import ContainerEngine, Network

PYTHON = "python3"
"""The interpreter of an image unless another one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerOptions:
    """How containers are made, checked."""

    image: str
    """Its name, or its digest."""
    engine: ContainerEngine | None
    """Which engine; ``None`` for the one that is there."""
    user: str
    """User and group inside."""
    python: str
    """What stands in the image for the interpreter of the harness."""
    cpus: float | None
    """Processors; ``None`` for all."""
    engine_args: tuple[str, ...]
    """The user's own arguments of ``run``."""
    limits: ResourceLimits
    """What all processes of one container may use together."""
    network: Network
    """What they reach."""
    ports: tuple[int, ...]
    """Ports of this machine that they reach if the network is ``loopback``."""
    readable: tuple[Path, ...]
    """Paths of this machine that they may read."""

    @classmethod
    def read(cls, settings: RuntimeSettings) -> ContainerOptions:
        """Check settings; raises `ConfigurationError`."""
        given = settings.options
        image = given.get("image")
        if image is None:
            raise ConfigurationError(
                'the runtime "container" has no image; name one: image = "python:3.12"'
            )
        return cls(
            image=_text("image", image),
            engine=_engine(given.get("engine")),
            user=_text("user", given.get("user", f"{os.geteuid()}:{os.getegid()}")),
            python=_text("python", given.get("python", PYTHON)),
            cpus=_cpus(given.get("cpus")),
            engine_args=_texts("engine_args", given.get("engine_args", ())),
            limits=settings.limits,
            network=settings.network,
            ports=settings.ports,
            readable=settings.readable,
        )


def described(settings: RuntimeSettings) -> Mapping[str, str]:
    """Return the settings as text; lists as lists are written."""
    texts = settings.described()
    arguments = settings.options.get("engine_args")
    if isinstance(arguments, tuple):
        texts["engine_args"] = " ".join(map(str, arguments))
    return texts


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or value.startswith("-"):
        raise ConfigurationError(f"{key} = {value!r} is no name; write it as text in quotes")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple) or not all(isinstance(each, str) for each in value):
        raise ConfigurationError(f'{key} is no list of texts; write it as ["--one", "--two=2"]')
    return value


def _engine(value: object) -> ContainerEngine | None:
    if value is None:
        return None
    if value not in set(ContainerEngine):
        known = ", ".join(ContainerEngine)
        raise ConfigurationError(f"engine {value!r} is unknown; use one of {known}")
    return ContainerEngine(str(value))


def _cpus(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10_000:
        raise ConfigurationError(f"cpus = {value!r} is no positive number of processors")
    return float(value)
