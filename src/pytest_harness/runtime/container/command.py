"""The command line that runs one process in a container, and the environment inside."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.container.options import ContainerOptions
from pytest_harness.runtime.container.owner import LABEL, neighbourhood
from pytest_harness.runtime.environment import PROXIES
from pytest_harness.runtime.place import Place
from pytest_harness.vocabulary import ContainerEngine, Network

PATHS_OF_THIS_MACHINE = frozenset(
    {
        "PATH",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "TZDIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    }
)
"""Variables whose value here means nothing in an image, which has its own."""

_CLIENT = frozenset({"PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LANG", "USER", "LOGNAME"})
_CLIENT_BEGINNINGS = ("XDG_", "DBUS_", "CONTAINER", "DOCKER_", "PODMAN_", "STORAGE_", "LD_")
_BACKSTOP = 30
"""Seconds after a process's own limit at which podman ends its container by itself."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A path of this machine that is seen at the same place inside."""

    path: Path
    writable: bool = False

    @property
    def argument(self) -> str:
        """As the engine reads it."""
        if ":" in str(self.path) or "," in str(self.path):
            raise SupervisorError(
                f"{self.path} cannot be shown to a container, whose engine cuts paths at colons "
                "and commas; rename it"
            )
        return f"--volume={self.path}:{self.path}:{'rw' if self.writable else 'ro'}"


def own_variables(source: Mapping[str, str]) -> dict[str, str]:
    """Return what an engine's client needs of the user's environment."""
    return {name: value for name, value in source.items() if _is_clients(name)}


def fence(options: ContainerOptions, engine: ContainerEngine) -> tuple[str, ...]:
    """Return what holds for each container of these settings."""
    limits = options.limits
    flags = [
        "--pull=never",
        f"--label={LABEL}={neighbourhood()}",
        "--entrypoint=",
        "--stop-timeout=0",
        "--read-only",
        "--tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--security-opt=label=disable",
        "--log-driver=none",
        f"--network={'host' if options.network is Network.ON else 'none'}",
        f"--user={options.user}",
    ]
    if engine is ContainerEngine.PODMAN:
        flags += ["--env-host=false", "--http-proxy=false"]
        if os.geteuid() != 0:
            flags.append("--userns=keep-id")
    if limits.memory is not None:
        flags += [f"--memory={limits.memory}", f"--memory-swap={limits.memory}"]
    if limits.processes is not None:
        flags.append(f"--pids-limit={limits.processes}")
    if limits.file_size is not None:
        flags.append(f"--ulimit=fsize={limits.file_size}:{limits.file_size}")
    if options.cpus is not None:
        flags.append(f"--cpus={options.cpus:g}")
    return (*flags, *options.engine_args)


def time_limit(engine: ContainerEngine, seconds: float) -> tuple[str, ...]:
    """Return what ends a container even if nobody is left who could end it."""
    if engine is not ContainerEngine.PODMAN:
        return ()
    return (f"--timeout={math.ceil(seconds) + _BACKSTOP}",)


def mounts(place: Place, readable: Iterable[Path], empty: Path) -> tuple[str, ...]:
    """Return what is seen of this machine: the place, and what is to be read.

    ``empty`` is a directory that stands for those which are hidden below something else.
    """
    shown = [path for path in (*place.readable, *readable) if path.exists()]
    seen = {path: Mount(path) for path in shown if not any(map(path.is_relative_to, place.hidden))}
    seen |= {path: Mount(path, writable=True) for path in place.writable}
    masks = []
    for path in place.hidden:
        if any(path.is_relative_to(shown) for shown in seen) and path not in place.writable:
            if path.is_dir():
                masks.append(f"--volume={empty}:{path}:ro")
            elif path.exists():
                masks.append(f"--volume={os.devnull}:{path}:ro")
    ordered = sorted(seen.values(), key=lambda mount: len(mount.path.parts))
    return (*(mount.argument for mount in ordered), *masks)


@dataclass(frozen=True, slots=True)
class Variables:
    """How an environment reaches a container without standing on a command line."""

    passed: Mapping[str, str]
    """What the client is given, and hands on by name."""
    lines: bytes
    """What is read from a file: the names that mean something to the client itself."""

    @classmethod
    def of(cls, env: Mapping[str, str], host: Mapping[str, str]) -> Variables:
        """Divide an environment; raises `SupervisorError` for what no file can hold."""
        passed: dict[str, str] = {}
        lines = []
        for name, value in env.items():
            if name in PATHS_OF_THIS_MACHINE and value == host.get(name, os.defpath):
                continue
            if not _is_clients(name):
                passed[name] = value
            elif "\n" in value:
                raise SupervisorError(
                    f"The variable {name} has several lines, which its container's engine cannot "
                    "be given; unset it or give it one line"
                )
            else:
                lines.append(f"{name}={value}\n")
        return cls(passed, "".join(lines).encode("utf-8", "surrogateescape"))

    def arguments(self, file: Path) -> tuple[str, ...]:
        """Return what tells the client; ``file`` holds `lines`."""
        return (f"--env-file={file}", *(f"--env={name}" for name in self.passed))


def _is_clients(name: str) -> bool:
    """Say whether a variable means something to the client of an engine."""
    return name in _CLIENT or name.upper() in PROXIES or name.startswith(_CLIENT_BEGINNINGS)
