"""What the supervisor costs beside bare processes: ``python benchmarks/supervisor.py``.

Prints milliseconds until a supervisor's first process has ended, milliseconds per trivial process
beyond `subprocess.run`, without and with limits and control groups, what a sweep takes, the speed
of reading a gigabyte against ``cat >/dev/null`` through a pipe, and how soon hostile trees end
after their limit. Each comparison alternates between both sides, so that a busy machine slows both.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from pytest_harness.runtime import ProcessSpec, Supervisor
from pytest_harness.runtime.cgroups.probe import probe
from pytest_harness.runtime.process import NO_LIMITS, ResourceLimits
from pytest_harness.runtime.sweep import marked
from pytest_harness.vocabulary import Ended

ROUNDS = 200
GIGABYTE = 1_000_000_000
HOSTILE = (
    "trap '' TERM; sleep 600 & setsid sleep 600 & (setsid sleep 600 &); "
    "(setsid sh -c 'setsid sleep 600 & sleep 600' &); sleep 600"
)


LIMITS = ResourceLimits(memory=1 << 33, processes=500)


def spec(*argv: str, timeout: float = 300.0, limits: ResourceLimits = NO_LIMITS) -> ProcessSpec:
    """Describe a process with the user's PATH and nothing else."""
    env = {"PATH": os.environ["PATH"]}
    return ProcessSpec(argv=argv, cwd=Path("/"), env=env, timeout=timeout, limits=limits)


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median time of a call."""
    return statistics.median(seconds(work) for _ in range(rounds)) * 1000


def first() -> None:
    """Start a supervisor, run one process, and end it."""

    def once() -> None:
        with Supervisor() as supervisor:
            supervisor.run(spec("true"))

    print(f"supervisor from start to end with one process: {milliseconds(once, 20):.1f} ms")


def overhead(supervisor: Supervisor, name: str, limits: ResourceLimits = NO_LIMITS) -> None:
    """Compare trivial processes."""
    supervisor.run(spec("true"))
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(seconds(lambda: subprocess.run(["true"], capture_output=True, check=True)))
        ours.append(seconds(lambda: supervisor.run(spec("true", limits=limits))))
    a, b = statistics.median(bare) * 1000, statistics.median(ours) * 1000
    print(f"trivial process, {name}: bare {a:.2f} ms, supervised {b:.2f} ms, {b - a:.2f} ms more")


def sweeping(supervisor: Supervisor) -> None:
    """Sweep among few and among many processes of others."""
    few = milliseconds(supervisor.sweep)
    others = [subprocess.Popen(["sleep", "600"]) for _ in range(300)]
    many = milliseconds(supervisor.sweep)
    for other in others:
        other.kill()
        other.wait()
    print(f"sweep: {few:.2f} ms, with 300 more processes {many:.2f} ms")


def reading(supervisor: Supervisor) -> None:
    """Compare a gigabyte of output, without and with lines."""
    lines = f"yes 0123456789012345678901234567890123456789 | head -c {GIGABYTE}"
    for name, command, listener in (
        ("bytes", f"head -c {GIGABYTE} /dev/zero", None),
        ("lines", lines, lambda _line, _at: None),
    ):
        cat = [f"{command} | cat >/dev/null"]
        bare, ours = [], []
        for _ in range(3):
            bare.append(seconds(lambda: subprocess.run(cat, shell=True, check=True)))  # noqa: B023, S602
            ours.append(seconds(lambda: supervisor.run(spec("sh", "-c", command), listener)))  # noqa: B023
        ratio = min(bare) / min(ours)
        print(f"1 GB as {name}: cat {min(bare):.2f} s, supervised {min(ours):.2f} s, {ratio:.2f} x")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MB")


def ending(supervisor: Supervisor, times: int) -> None:
    """Let hostile trees run into their limit."""
    late = []
    for _ in range(times):
        hostile = spec("sh", "-c", HOSTILE, timeout=0.1)
        start = time.perf_counter()
        result = supervisor.run(hostile)
        late.append(time.perf_counter() - start - hostile.timeout)
        assert result.ended is Ended.TIMEOUT
        assert not marked(supervisor.mark)
    print(f"{times} hostile trees: 0 survivors, at most {max(late):.2f} s beyond the limit")


def main() -> None:
    """Print all figures; an argument is the number of hostile trees."""
    granted = probe()
    print(f"control groups: {granted.tree if granted is not None else 'none'}")
    first()
    with Supervisor() as supervisor:
        overhead(supervisor, "no limits")
        overhead(supervisor, "limits", LIMITS)
        sweeping(supervisor)
        reading(supervisor)
        ending(supervisor, int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    refused = mock.patch("pytest_harness.runtime.warden_link.probe", return_value=None)
    with refused, Supervisor() as supervisor:
        overhead(supervisor, "no control groups")
        overhead(supervisor, "limits, no control groups", LIMITS)


if __name__ == "__main__":
    main()
