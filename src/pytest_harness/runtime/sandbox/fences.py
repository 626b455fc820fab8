"""Which fence works on this machine, tried once per process."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import ProcessResult, ProcessSpec, Runner
from pytest_harness.runtime.refusal import Refusal
from pytest_harness.runtime.sandbox.bubblewrap import Bubblewrap
from pytest_harness.runtime.sandbox.causes import NOT_INSTALLED, Machine, explain
from pytest_harness.runtime.sandbox.landlock import NETWORK_ABI, Landlock
from pytest_harness.runtime.sandbox.view import Sight, View
from pytest_harness.vocabulary import Ended, Fence, Network

_LIMIT = 30.0
_TRIAL = 'if cat "$1" >/dev/null 2>&1; then exit 9; fi; : > "$2"; true'
"""Must not read the one file, and must write the other."""

Command = Callable[[Sequence[Sight], tuple[str, ...], str], tuple[str, ...]]
"""Makes the command line that shows sights to arguments in a working directory."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """A fence that was tried and holds."""

    by: Bubblewrap | Landlock
    """What does the work."""
    notes: tuple[str, ...] = ()
    """What it leaves open."""

    @property
    def how(self) -> str:
        """Its name and version."""
        if isinstance(self.by, Bubblewrap):
            return self.by.version
        return f"Landlock, version {self.by.abi}"


def choose(
    wanted: Fence | None, network: Network, environment: Mapping[str, str], runner: Runner
) -> Fenced | Refusal:
    """Return the fence to use, or why there is none; each is tried once per process.

    ``wanted`` forces one.
    """
    search = environment.get("PATH", os.defpath)
    key = (wanted, network is Network.ON, search)
    if key not in _chosen:
        _chosen[key] = _choose(wanted, search, runner, network=network is Network.ON)
    return _chosen[key]


_chosen: dict[tuple[Fence | None, bool, str], Fenced | Refusal] = {}


def _choose(
    wanted: Fence | None, search: str, runner: Runner, *, network: bool
) -> Fenced | Refusal:
    if sys.platform != "linux":
        return Refusal(
            "the sandbox needs Linux", "use the runtime host, profile or container on this system"
        )
    refused: Refusal | None = None
    if wanted is not Fence.LANDLOCK:
        tried = _bubblewrap(search, runner, network=network)
        if isinstance(tried, Bubblewrap):
            return Fenced(tried)
        refused = tried
    if wanted is Fence.BUBBLEWRAP and refused is not None:
        return refused
    locked = _landlock(search, runner, network=network)
    if refused is None:
        return locked
    if isinstance(locked, Refusal):
        return Refusal(f"{refused.missing}, and {locked.missing}", refused.remedy)
    why = f"Landlock is used because {refused.missing}; for the stronger fence, {refused.remedy}"
    return Fenced(locked.by, (why, *locked.notes))


def _bubblewrap(search: str, runner: Runner, *, network: bool) -> Bubblewrap | Refusal:
    program = shutil.which("bwrap", path=search)
    if program is None:
        return NOT_INSTALLED
    said = _run(runner, (program, "--version"), search).stdout.text().strip()
    version = said if re.match(r"bubblewrap \d", said) else "bubblewrap"
    env = shutil.which("env", path="/usr/bin:/bin")
    if env is not None:
        able = _run(runner, (env, "--ignore-signal=TERM", env, "--default-signal=TERM"), search)
        env = env if able.exit == 0 else None
    first: ProcessResult | None = None
    for nested in (False, True):
        found = Bubblewrap(os.path.realpath(program), version, nested, env)

        def command(
            sights: Sequence[Sight],
            argv: tuple[str, ...],
            cwd: str,
            found: Bubblewrap = found,
        ) -> tuple[str, ...]:
            return found.command(sights, argv, cwd=cwd, network=network)

        result = _try(runner, command, search)
        if result is None:
            return found
        first = first or result
    message = first.stderr.text() if first is not None else ""
    return explain(message, Machine(), superuser=os.geteuid() == 0)


def _landlock(search: str, runner: Runner, *, network: bool) -> Fenced | Refusal:
    here = Landlock.here()
    if not here.abi:
        return Refusal(
            "this kernel has no Landlock",
            "use Linux 5.13 or later and start it with lsm=landlock,...",
        )
    if not network and here.abi < NETWORK_ABI:
        return Refusal(
            f"the Landlock of this kernel (version {here.abi}) cannot refuse connections",
            'use Linux 6.7 or later, or network = "on"',
        )
    ports = None if network else ()

    def command(
        sights: Sequence[Sight],
        argv: tuple[str, ...],
        cwd: str,  # noqa: ARG001
    ) -> tuple[str, ...]:
        return here.command(sights, argv, ports=ports)

    result = _try(runner, command, search)
    if result is None:
        return Fenced(here, here.notes())
    said = " ".join(result.stderr.text().split())[-200:]
    return Refusal(
        f"Landlock does not work here; it says: {said}", "use the runtime profile or container"
    )


def _try(runner: Runner, command: Command, search: str) -> ProcessResult | None:
    """Run a trial in a fence; return ``None`` if it holds, otherwise how the trial went."""
    try:
        with tempfile.TemporaryDirectory(prefix="harness-fence-") as made:
            root = Path(os.path.realpath(made))
            place = Place(workspace=root / "a", scratch=root / "b", hidden=(root / "hidden",))
            for each in (*place.writable, *place.hidden):
                each.mkdir()
            secret, written = root / "hidden" / "file", place.workspace / "file"
            secret.write_text("secret")
            argv = ("/bin/sh", "-c", _TRIAL, "sh", str(secret), str(written))
            spec = ProcessSpec(argv=argv, cwd=place.workspace, env={"PATH": search}, timeout=_LIMIT)
            sights = View(place, environment=os.environ).of(spec, "/bin/sh")
            line = command(sights, argv, str(place.workspace))
            result = _run(runner, line, search, place.workspace)
            holds = result.ended is Ended.EXIT and result.exit == 0 and written.exists()
    except OSError as error:
        raise SupervisorError(
            f"The sandbox cannot be tried: {error}; make room in the temporary directory"
        ) from error
    return None if holds else result


def _run(
    runner: Runner, argv: tuple[str, ...], search: str, cwd: Path = Path("/")
) -> ProcessResult:
    return runner.run(ProcessSpec(argv=argv, cwd=cwd, env={"PATH": search}, timeout=_LIMIT))
