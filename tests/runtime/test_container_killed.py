"""What is left of containers when the processes that made them are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.container.engine import _known
from pytest_harness.runtime.container.owner import is_orphan, new_name
from pytest_harness.runtime.container.runtime import ContainerRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.runtime.sweep import marked
from tests.containers import IMAGE, containers, use_image
from tests.runtime.alive import eventually

OWNER = f"""
import os, sys
from pathlib import Path
from pytest_harness.runtime import ProcessSpec, Supervisor
from pytest_harness.runtime.container.runtime import ContainerRuntime
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.settings import RuntimeSettings
here = Path.cwd()
place = Place(workspace=here / "w", scratch=here / "s")
for path in place.writable:
    path.mkdir()
runtime = ContainerRuntime(RuntimeSettings(mode="container", options={{"image": "{IMAGE}"}}))
with Supervisor() as supervisor, runtime.enter(place, supervisor) as runner:
    def tell(line, at):
        print(os.getpid(), supervisor.warden_pid, supervisor.mark, flush=True)
    script = "trap '' TERM; (setsid sleep 600 &) ; echo up; sleep 600"
    runner.run(
        ProcessSpec(argv=("sh", "-c", script), cwd=place.workspace, env={{}}, timeout=600.0), tell
    )
"""


def start(directory: Path) -> tuple[subprocess.Popen[str], int, str]:
    """Start a process whose container runs; return it, its warden and its mark."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=directory, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    _, warden, mark = owner.stdout.readline().split()
    assert len(marked(mark)) >= 3
    return owner, int(warden), mark


def probe() -> None:
    """Do what the next session does first."""
    _known.clear()
    runtime = ContainerRuntime(RuntimeSettings(mode="container", options={"image": IMAGE}))
    with Supervisor() as supervisor:
        assert runtime.probe(supervisor, os.environ).ready


@pytest.mark.container
def test_a_killed_owner_leaves_no_process_and_the_next_probe_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_image(monkeypatch)
    owner, _, mark = start(tmp_path)
    owner.kill()
    owner.communicate()
    assert eventually(lambda: not marked(mark))
    probe()
    assert not [name for name in containers() if f"-{owner.pid}-" in name]


@pytest.mark.container
def test_not_even_the_death_of_the_supervisors_process_keeps_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_image(monkeypatch)
    owner, warden, mark = start(tmp_path)
    owner.send_signal(signal.SIGSTOP)
    os.kill(warden, signal.SIGKILL)
    owner.kill()
    owner.communicate()
    probe()
    assert eventually(lambda: not marked(mark))
    assert not [name for name in containers() if f"-{owner.pid}-" in name]


@pytest.mark.container
def test_a_probe_leaves_the_containers_of_the_living_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_image(monkeypatch)
    owner, _, mark = start(tmp_path)
    probe()
    alive = len(marked(mark))
    owner.send_signal(signal.SIGINT)
    owner.communicate()
    assert alive >= 3
    assert eventually(lambda: not marked(mark))
    assert not [name for name in containers() if f"-{owner.pid}-" in name]


def test_a_name_tells_whether_its_owner_lives() -> None:
    name = new_name()
    assert not is_orphan(name)
    mine, started = name.split("-")[2:4]
    assert is_orphan(name.replace(f"-{mine}-{started}-", f"-{mine}-{int(started) + 1}-"))
    child = subprocess.Popen(["true"])
    child.wait()
    assert is_orphan(f"pytest-harness-{child.pid}-{started}-0123abcd")
    assert not is_orphan("somebody-elses")
