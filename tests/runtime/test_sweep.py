"""A sweep proves that nothing is left, and kills what is."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import Supervisor

from .alive import is_alive
from .conftest import Specs


def test_what_carries_the_mark_is_killed_and_counted(supervisor: Supervisor, specs: Specs) -> None:
    supervisor.run(specs.program("true"))
    env = {"PYTEST_HARNESS_MARK": supervisor.mark, "PATH": os.environ["PATH"]}
    ours = [subprocess.Popen(["sleep", "600"], env=env) for _ in range(3)]
    stranger = subprocess.Popen(["sleep", "600"], env={**env, "PYTEST_HARNESS_MARK": "other"})
    try:
        assert supervisor.sweep() == 3
        assert [process.wait() for process in ours] == [-signal.SIGKILL] * 3
        assert is_alive(stranger.pid)
        assert supervisor.sweep() == 0
    finally:
        stranger.kill()
        stranger.wait()


def test_the_warden_is_spared(supervisor: Supervisor, specs: Specs) -> None:
    supervisor.run(specs.shell("sleep 600 & exit 0"))
    warden = supervisor.warden_pid
    assert supervisor.sweep() == 0
    assert supervisor.run(specs.program("true")).exit == 0
    assert supervisor.warden_pid == warden


def test_a_sweep_before_the_first_run_and_after_the_end(specs: Specs) -> None:
    supervisor = Supervisor()
    assert supervisor.sweep() == 0
    supervisor.close()
    assert supervisor.sweep() == 0


def test_a_sweep_inside_a_run_is_refused(supervisor: Supervisor, specs: Specs) -> None:
    def sweep(line: bytes, at: float) -> None:
        supervisor.sweep()

    with pytest.raises(SupervisorError, match="sweep after the run"):
        supervisor.run(specs.shell("echo one; sleep 600"), sweep)
    assert supervisor.run(specs.program("true")).exit == 0
