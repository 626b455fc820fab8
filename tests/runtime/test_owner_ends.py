"""Ctrl-C and the death of either side leave nothing alive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sweep import marked

from .alive import eventually, is_alive, pids
from .conftest import Specs
from .test_survivors import DAEMON

HOSTILE = (
    DAEMON
    + """
daemon('once', twice=False); daemon('twice', twice=True)
wait_for('once', 'twice')
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open('main.part', 'w') as file:
    file.write(str(os.getpid()))
os.rename('main.part', 'main.pid')
print('ready', flush=True)
time.sleep(600)
"""
)

OWNER = """
import sys
from pathlib import Path
from pytest_harness.runtime import ProcessSpec, Supervisor
supervisor = Supervisor()
spec = ProcessSpec(
    argv=(sys.executable, "-I", "-S", "-c", sys.argv[1]), cwd=Path.cwd(), env={}, timeout=600.0
)
try:
    supervisor.run(
        spec, lambda *_: Path("warden.txt").write_text(str(supervisor.warden_pid))
    )
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def start_owner(directory: Path) -> subprocess.Popen[bytes]:
    """Start a process that supervises a hostile tree, and wait until all of that runs."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, HOSTILE], cwd=directory, stdout=subprocess.PIPE
    )
    if not eventually(lambda: (directory / "warden.txt").exists()):
        owner.kill()
        pytest.fail("the owner did not start")
    assert eventually(lambda: bool((directory / "warden.txt").read_text()))
    return owner


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    owner = start_owner(tmp_path)
    owner.send_signal(number)
    owner.communicate()
    left = [*pids(tmp_path), int((tmp_path / "warden.txt").read_text())]
    assert len(left) == 4
    assert eventually(lambda: not any(map(is_alive, left)))


def test_ctrl_c_ends_the_tree_before_it_goes_on(tmp_path: Path) -> None:
    owner = start_owner(tmp_path)
    owner.send_signal(signal.SIGINT)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"interrupted\n"
    assert not any(map(is_alive, pids(tmp_path)))
    owner.communicate()
    assert owner.returncode == 0
    assert eventually(lambda: not is_alive(int((tmp_path / "warden.txt").read_text())))


def test_ctrl_c_twice_does_not_wait(supervisor: Supervisor, specs: Specs, tmp_path: Path) -> None:
    ready: list[bytes] = []

    def press() -> None:
        eventually(lambda: bool(ready))
        os.kill(os.getpid(), signal.SIGINT)
        eventually((tmp_path / "asked").exists)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    script = "trap ': >asked' TERM; echo $$ >a.pid; echo ready; while :; do sleep 0.01; done"
    with pytest.raises(KeyboardInterrupt):
        supervisor.run(specs.shell(script, grace=300.0), lambda line, at: ready.append(line))
    thread.join()
    assert not any(map(is_alive, pids(tmp_path)))
    assert supervisor.run(specs.program("true")).exit == 0


def test_output_until_an_interrupt_is_on_disk(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    def press(line: bytes, at: float) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    script = "trap 'echo saved; exit' TERM; echo ready; while :; do sleep 0.01; done"
    with pytest.raises(KeyboardInterrupt):
        supervisor.run(specs.shell(script, stdout=tmp_path / "out", grace=20.0), press)
    assert (tmp_path / "out").read_text() == "ready\nsaved\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_warden_is_an_error_and_leaves_nothing(
    specs: Specs, tmp_path: Path, number: signal.Signals
) -> None:
    with Supervisor() as supervisor:

        def kill(line: bytes, at: float) -> None:
            assert supervisor.warden_pid is not None
            os.kill(supervisor.warden_pid, number)

        with pytest.raises(SupervisorError, match=r"ended from outside .* run it again"):
            supervisor.run(specs.python(HOSTILE, stdout=tmp_path / "out"), kill)
        assert len(pids(tmp_path)) == 3
        assert not any(map(is_alive, pids(tmp_path)))
        assert marked(supervisor.mark) == []
        assert (tmp_path / "out").read_text() == "ready\n"
        assert supervisor.run(specs.program("true")).exit == 0


def test_a_warden_killed_between_runs_is_an_error_once(specs: Specs) -> None:
    with Supervisor() as supervisor:
        supervisor.run(specs.program("true"))
        assert supervisor.warden_pid is not None
        os.kill(supervisor.warden_pid, signal.SIGKILL)
        with pytest.raises(SupervisorError, match="ended from outside"):
            supervisor.run(specs.program("true"))
        assert supervisor.run(specs.program("true")).exit == 0


def test_a_stopped_warden_is_given_up(
    specs: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_harness.runtime.job.PATIENCE", 0.2)
    with Supervisor() as supervisor:

        def stop(line: bytes, at: float) -> None:
            assert supervisor.warden_pid is not None
            os.kill(supervisor.warden_pid, signal.SIGSTOP)

        with pytest.raises(SupervisorError, match="does not answer"):
            supervisor.run(specs.python(HOSTILE, timeout=2.0, grace=0.1), stop)
        assert len(pids(tmp_path)) == 3
        assert not any(map(is_alive, pids(tmp_path)))


def test_a_supervisor_inside_a_supervised_process_ends_with_it(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    spec = specs.program(sys.executable, "-c", OWNER, HOSTILE)
    seen = threading.Event()

    def watch() -> None:
        eventually((tmp_path / "warden.txt").exists)
        seen.set()
        supervisor.halt()

    thread = threading.Thread(target=watch)
    thread.start()
    supervisor.run(spec)
    thread.join()
    left = pids(tmp_path)
    assert len(left) == 3
    assert not any(map(is_alive, left))
