"""Limits on memory, processes and the size of files hold for the whole tree, and are told."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor, warden_link
from pytest_harness.runtime.cgroups.probe import probe
from pytest_harness.runtime.process import ResourceLimits
from pytest_harness.vocabulary import Ended, Limit

from .alive import is_alive, pids
from .conftest import Specs

MB = 1 << 20
HOG = """
import os, time
held = []
for _ in range(60):
    held.append(bytearray(os.urandom(1 << 20) * 10))
    time.sleep(0.02)
time.sleep(600)
"""
"""Holds 600 MB within a second or two, and then rests."""
BOMB = """
import os, time
for _ in range(200):
    if not os.fork():
        time.sleep(600)
        os._exit(0)
time.sleep(600)
"""


@pytest.fixture(params=["groups", "measuring"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervisor with control groups, and one that was refused them."""
    if request.param == "measuring":
        monkeypatch.setattr(warden_link, "probe", lambda: None)
    elif probe() is None:
        pytest.skip("this machine grants no control groups")
    with Supervisor() as made:
        yield made
        assert made.sweep() == 0


def test_memory_of_the_process_itself(either: Supervisor, specs: Specs) -> None:
    result = either.run(specs.python(HOG, limits=ResourceLimits(memory=150 * MB)))
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.MEMORY)
    assert (result.exit, result.signal) == (None, signal.SIGKILL)


def test_memory_of_a_grandchild_in_a_session_of_its_own(
    either: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    script = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"child = subprocess.Popen([sys.executable, '-I', '-S', '-c', {HOG!r}], "
        "start_new_session=True)\n"
        "open('a.pid', 'w').write(str(child.pid))\ntime.sleep(600)\n"
    )
    result = either.run(specs.python(script, limits=ResourceLimits(memory=150 * MB), grace=60.0))
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.MEMORY)
    assert not any(map(is_alive, pids(tmp_path)))


def test_shared_memory_counts_once(supervisor: Supervisor, specs: Specs) -> None:
    script = (
        "import os, time\nheld = os.urandom(1 << 20) * 100\n"
        "for _ in range(9):\n    if not os.fork():\n        time.sleep(1)\n        os._exit(0)\n"
        "for _ in range(9): os.wait()\n"
    )
    result = supervisor.run(specs.python(script, limits=ResourceLimits(memory=300 * MB)))
    assert (result.ended, result.exit, result.limit) == (Ended.EXIT, 0, None)


def test_a_fork_bomb(either: Supervisor, specs: Specs) -> None:
    result = either.run(specs.python(BOMB, limits=ResourceLimits(processes=20)))
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.PROCESSES)
    assert result.survivors > 20


def test_processes_that_its_leader_left_are_counted(supervisor: Supervisor, specs: Specs) -> None:
    script = "for n in $(seq 60); do sleep 600 & done; exec sleep 600"
    result = supervisor.run(specs.shell(script, limits=ResourceLimits(processes=30)))
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.PROCESSES)


def test_threads_are_no_processes(supervisor: Supervisor, specs: Specs) -> None:
    script = (
        "import threading, time\n"
        "threads = [threading.Thread(target=time.sleep, args=(0.5,)) for _ in range(100)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    result = supervisor.run(specs.python(script, limits=ResourceLimits(processes=3)))
    assert (result.ended, result.exit, result.limit) == (Ended.EXIT, 0, None)


def test_a_file_too_large_ends_its_writer(either: Supervisor, specs: Specs, tmp_path: Path) -> None:
    spec = specs.shell("exec head -c 9000000 /dev/zero >big", limits=ResourceLimits(file_size=MB))
    result = either.run(spec)
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.FILE_SIZE)
    assert result.signal == signal.SIGXFSZ
    assert [path.name for path in tmp_path.iterdir()] == ["big"]
    assert (tmp_path / "big").stat().st_size == MB


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("head -c 9000000 /dev/zero >big; exit $?", id="the-shell-says-so"),
        pytest.param("(setsid head -c 9000000 /dev/zero >big &); sleep 0.2; rm big", id="orphan"),
        pytest.param(
            "trap '' XFSZ; head -c 9000000 /dev/zero >big 2>/dev/null; exit 0", id="survived"
        ),
    ],
)
def test_a_file_too_large_is_told_when_the_program_goes_on(
    supervisor: Supervisor, specs: Specs, script: str
) -> None:
    result = supervisor.run(specs.shell(script, limits=ResourceLimits(file_size=MB)))
    assert result.ended is Ended.EXIT
    assert result.limit is Limit.FILE_SIZE


def test_pipes_and_small_files_meet_no_limit(supervisor: Supervisor, specs: Specs) -> None:
    script = "head -c 3000000 /dev/zero; head -c 1000 /dev/zero >small"
    result = supervisor.run(specs.shell(script, limits=ResourceLimits(file_size=MB)))
    assert (result.ended, result.exit, result.limit) == (Ended.EXIT, 0, None)
    assert result.stdout.total == 3_000_000


def test_within_its_limits_nothing_happens(either: Supervisor, specs: Specs) -> None:
    limits = ResourceLimits(memory=500 * MB, processes=50, file_size=50 * MB)
    result = either.run(specs.shell("sleep 0.3; echo done", limits=limits))
    assert (result.ended, result.exit, result.limit) == (Ended.EXIT, 0, None)
    assert either.run(specs.shell("echo again", limits=limits)).exit == 0


def test_a_time_limit_that_came_first_stays_the_reason(
    supervisor: Supervisor, specs: Specs
) -> None:
    script = (
        "import os, signal, time\n"
        "def bomb(*_):\n"
        "    for _ in range(30):\n"
        "        if not os.fork(): time.sleep(600)\n"
        "signal.signal(signal.SIGTERM, bomb)\nprint('ready', flush=True)\n"
        "while True: time.sleep(600)\n"
    )
    limits = ResourceLimits(processes=15)
    result = supervisor.run(specs.python(script, limits=limits, timeout=1.0, grace=60.0))
    assert (result.ended, result.limit) == (Ended.TIMEOUT, Limit.PROCESSES)
