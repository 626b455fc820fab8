"""A worker notices that the process that started it has gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from pytest_harness.runtime import stop_with

from .alive import eventually

WORKER = """
import os, sys, time
from pathlib import Path
from pytest_harness.runtime import stop_with
child = os.fork()
if child:
    Path("ready").touch()
    time.sleep(600)
stop_with(os.getppid(), lambda: Path("stopped").write_text("x"))
for _ in range(600):
    if Path("stopped").exists():
        time.sleep(0.5)
        os._exit(0)
    time.sleep(0.05)
"""


def test_death_of_the_parent_is_noticed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", WORKER], cwd=tmp_path)
    assert eventually((tmp_path / "ready").exists)
    assert not (tmp_path / "stopped").exists()
    parent.kill()
    parent.wait()
    assert eventually((tmp_path / "stopped").exists)


def test_it_is_called_once_and_the_thread_ends() -> None:
    calls: list[int] = []
    thread = stop_with(os.getppid() + 1, lambda: calls.append(1))
    thread.join(20)
    assert calls == [1]
    assert not thread.is_alive()


def test_it_does_not_keep_a_process_alive() -> None:
    thread = stop_with(os.getppid(), lambda: None)
    assert thread.daemon
    assert thread in threading.enumerate()
