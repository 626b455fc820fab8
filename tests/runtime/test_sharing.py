"""A supervisor shared by threads, used after a fork, or forgotten."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import Supervisor

from .alive import eventually, is_alive
from .conftest import Specs


def test_threads_take_turns(supervisor: Supervisor, specs: Specs) -> None:
    before = threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda n: supervisor.run(specs.shell(f"echo {n}; exit {n}")), range(12))
        found = [(result.exit, result.stdout.text()) for result in results]
    assert found == [(n, f"{n}\n") for n in range(12)]
    assert threading.active_count() == before


def test_no_run_inside_a_run(supervisor: Supervisor, specs: Specs) -> None:
    def again(line: bytes, at: float) -> None:
        supervisor.run(specs.program("true"))

    with pytest.raises(SupervisorError, match="one process at a time"):
        supervisor.run(specs.shell("echo one"), again)


def test_a_forked_child_has_a_supervisor_of_its_own(supervisor: Supervisor, specs: Specs) -> None:
    supervisor.run(specs.program("true"))
    warden = supervisor.warden_pid
    child = os.fork()
    if not child:
        code = 1
        try:
            code = supervisor.run(specs.shell("exit 5")).exit or 2
            if supervisor.warden_pid == warden:
                code = 3
            supervisor.close()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    assert supervisor.run(specs.shell("exit 6")).exit == 6
    assert supervisor.warden_pid == warden


def test_a_fork_during_a_run_keeps_nothing_open(supervisor: Supervisor, specs: Specs) -> None:
    reading, writing = os.pipe()
    try:
        child = 0

        def split(line: bytes, at: float) -> None:
            nonlocal child
            child = os.fork()
            if not child:
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)

        result = supervisor.run(specs.shell("echo go; cat | wc -c", stdin=bytes(1 << 22)), split)
        assert result.stdout.text().split() == ["go", str(1 << 22)]
    finally:
        os.close(writing)
        os.close(reading)
        if child:
            os.waitpid(child, 0)


def test_a_forgotten_supervisor_warns_of_nothing_and_leaves_nothing(specs: Specs) -> None:
    supervisor = Supervisor()
    supervisor.run(specs.program("true"))
    warden = supervisor.warden_pid
    assert warden is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del supervisor
        gc.collect()
    assert eventually(lambda: not is_alive(warden))


def test_a_program_that_never_closes_its_supervisor_ends_cleanly(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from pytest_harness.runtime import ProcessSpec, Supervisor\n"
        "s = Supervisor()\n"
        "print(s.run(ProcessSpec(argv=('true',), cwd=Path('/'), env={}, timeout=9)).exit)\n"
        "print(s.warden_pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    code, warden = done.stdout.split()
    assert code == "0"
    assert not is_alive(int(warden))
