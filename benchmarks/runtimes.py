"""What runtimes cost for each process of an agent: ``python benchmarks/runtimes.py``.

Prints the milliseconds that a trivial program takes with a home made and removed around it: bare,
in ``profile``, and behind each fence that can be had here. Each round does all in turn, so that a
busy machine slows all of them. Medians are printed, and the fastest tenth, which is what the goals
speak of: on a busy machine the others measure the wait for a processor.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_harness.runtime import ProcessSpec, Supervisor
from pytest_harness.runtime.base import Runtime
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.profile import fresh_profile
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Fence, Network

ROUNDS = 100
PROFILE_GOAL = 60.0
"""Milliseconds that supervisor and profile may add to a bare process."""
SANDBOX_GOAL = 30.0
"""Milliseconds that the sandbox may add to that."""


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def proposal(runtime: Runtime, place: Place, supervisor: Supervisor) -> None:
    """Do what is done around an agent's process."""
    with runtime.enter(place, supervisor) as runner, fresh_profile(place.scratch) as profile:
        env = profile.environment(os.environ)
        spec = ProcessSpec(argv=("true",), cwd=place.workspace, env=env, timeout=60, ports=(65000,))
        result = runner.run(spec)
    if result.exit != 0:
        raise SystemExit(f"{runtime.settings()}: {result.stderr.text()}")


def runtimes(supervisor: Supervisor) -> dict[str, Runtime]:
    """Return what can be had here, by the name to print."""
    found: dict[str, Runtime] = {"profile": PlainRuntime(RuntimeSettings(mode="profile"))}
    for fence in Fence:
        for network in (Network.ON, Network.LOOPBACK):
            settings = RuntimeSettings(
                mode="sandbox", network=network, options={"fence": fence.value}
            )
            runtime = SandboxRuntime(settings)
            if runtime.probe(supervisor, os.environ).ready:
                found[f"sandbox, {fence}, network {network}"] = runtime
    return found


def main() -> None:
    """Print all figures; an argument is the number of rounds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as directory, Supervisor() as supervisor:
        root = Path(directory).resolve()
        place = Place(workspace=root / "work", scratch=root / "scratch", hidden=(root / "store",))
        for path in (*place.writable, *place.hidden):
            path.mkdir()
        compared = runtimes(supervisor)
        times: dict[str, list[float]] = {name: [] for name in ("bare", *compared)}
        for _ in range(rounds):
            times["bare"].append(
                milliseconds(lambda: subprocess.run(["true"], capture_output=True, check=True))
            )
            for name, runtime in compared.items():
                run = milliseconds(lambda: proposal(runtime, place, supervisor))  # noqa: B023
                times[name].append(run)
    best = {name: statistics.quantiles(each, n=10)[0] for name, each in times.items()}
    for name, each in times.items():
        line = f"{name}: {best[name]:.1f} ms (median {statistics.median(each):.1f})"
        if name == "profile":
            line += f", {best[name] - best['bare']:.1f} beyond bare (goal {PROFILE_GOAL:.0f})"
        elif name != "bare":
            line += f", {best[name] - best['profile']:.1f} beyond profile (goal {SANDBOX_GOAL:.0f})"
        print(line)


if __name__ == "__main__":
    main()
