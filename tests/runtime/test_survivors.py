"""Whatever a process leaves behind is ended before its result exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.vocabulary import Ended

from .alive import is_alive, pids
from .conftest import Specs

DAEMON = """
import os, signal, sys, time
def daemon(name, *, twice):
    if os.fork():
        return
    os.setsid()
    if twice and os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with open(name + ".part", "w") as file:
        file.write(str(os.getpid()))
    os.rename(name + ".part", name + ".pid")
    time.sleep(600)
    os._exit(0)
def wait_for(*names):
    while not all(os.path.exists(name + ".pid") for name in names):
        time.sleep(0.005)
"""


@pytest.mark.parametrize("end", ["", "time.sleep(600)"], ids=["exit", "timeout"])
def test_sessions_double_forks_and_deaf_processes(
    supervisor: Supervisor, specs: Specs, tmp_path: Path, end: str
) -> None:
    script = (
        DAEMON + "daemon('once', twice=False); daemon('twice', twice=True)\n"
        "wait_for('once', 'twice')\nprint('begun', flush=True)\n" + end
    )
    result = supervisor.run(specs.python(script, timeout=3.0 if end else 60.0, grace=0.2))
    assert result.ended is (Ended.TIMEOUT if end else Ended.EXIT)
    assert result.stdout.text() == "begun\n"
    assert result.survivors == 2
    left = pids(tmp_path)
    assert len(left) == 2
    assert not any(map(is_alive, left))


def test_who_exits_while_a_child_holds_the_pipe_has_finished(
    supervisor: Supervisor, specs: Specs
) -> None:
    result = supervisor.run(specs.shell("sleep 600 & echo done"))
    assert (result.ended, result.exit, result.survivors) == (Ended.EXIT, 0, 1)
    assert result.stdout.text() == "done\n"


def test_children_that_end_by_themselves_are_no_survivors(
    supervisor: Supervisor, specs: Specs
) -> None:
    result = supervisor.run(specs.shell("(sleep 0.02; echo late) & echo early"))
    assert result.survivors == 0
    assert result.stdout.text() == "early\nlate\n"


def test_a_process_without_environment_does_not_escape(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    script = "env -i setsid sh -c 'echo $$ > a.part; mv a.part a.pid; exec sleep 600' & "
    result = supervisor.run(specs.shell(script + "while ! test -e a.pid; do :; done"))
    assert result.survivors == 1
    assert not any(map(is_alive, pids(tmp_path)))


def test_a_chain_of_forks_does_not_outrun_the_end(supervisor: Supervisor, specs: Specs) -> None:
    script = (
        "import os, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if os.fork(): os._exit(0)\n"
        "while True:\n    if os.fork(): os._exit(0)\n    os.setsid()\n"
    )
    result = supervisor.run(specs.python(script, grace=0.1))
    assert result.ended is Ended.EXIT
    assert result.survivors >= 1


def test_a_tree_that_keeps_growing_ends(supervisor: Supervisor, specs: Specs) -> None:
    script = "trap '' TERM; while :; do setsid sleep 600 & sleep 0.01; done"
    result = supervisor.run(specs.shell(script, timeout=0.3, grace=0.2))
    assert result.ended is Ended.TIMEOUT
    assert result.survivors >= 1
