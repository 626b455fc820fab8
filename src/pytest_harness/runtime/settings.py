"""What ``harness.toml`` and the command line say about a runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_harness.runtime.process import NO_LIMITS, ResourceLimits
from pytest_harness.runtime.refusal import Refusal
from pytest_harness.vocabulary import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """One ``[runtimes.NAME]`` or ``[backends.NAME.runtime]`` table."""

    mode: str
    """``host``, ``profile``, ``sandbox``, ``container``, or the name of another plugin's."""
    limits: ResourceLimits = NO_LIMITS
    """What all processes of one run may use together."""
    network: Network = Network.ON
    """What a fenced process reaches."""
    ports: tuple[int, ...] = ()
    """Ports of this machine's servers that ``network = "loopback"`` reaches."""
    readable: tuple[Path, ...] = ()
    """Further absolute paths that a fenced process may read."""
    home: Path | None = None
    """A home that is kept between runs, instead of a fresh one."""
    seed: Path | None = None
    """A directory whose content a home starts with."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Keys of one mode alone: ``image``, ``engine``, ``cpus``, ... or another plugin's."""

    def absent(self) -> Refusal | None:
        """Say which of its paths is not there, if one is."""
        named = (*self.readable, *([] if self.seed is None else [self.seed]))
        for path in named:
            if not path.exists():
                return Refusal(
                    f"there is no {path}, which its settings name",
                    "create it, or take it out of harness.toml",
                )
        return None

    def described(self) -> dict[str, str]:
        """Return all that is set, as text, for fingerprints."""
        texts = {"mode": self.mode, "network": self.network.value}
        limits = self.limits
        for name, value in (
            ("memory", limits.memory),
            ("processes", limits.processes),
            ("file_size", limits.file_size),
            ("home", self.home),
            ("seed", self.seed),
        ):
            if value is not None:
                texts[name] = str(value)
        if self.ports:
            texts["ports"] = ",".join(map(str, self.ports))
        if self.readable:
            texts["readable"] = ",".join(map(str, self.readable))
        return texts | {key: str(value) for key, value in sorted(self.options.items())}
