"""A solution that is a function runs in a process of its own, where the cell's processes run."""

from __future__ import annotations

from tests.plugin.conftest import Project

FUNCTION = """
import os, subprocess, sys

WORDS = "hello all\\n"

def solve(workspace):
    (workspace / "a.txt").write_text(WORDS)
    (workspace / "pid").write_text(str(os.getpid()))
    stay = "import time; time.sleep(600)"
    left = subprocess.Popen([sys.executable, "-c", stay], start_new_session=True)
    Path(__file__).with_name("left").write_text(f"{os.getpid()} {left.pid}")

@harness_target
def greeting():
    return target(solution=solve)

def test_solves(greeting):
    assert greeting.best.score == 1.0

def test_nothing_is_left(greeting):
    inner, left = map(int, Path(__file__).with_name("left").read_text().split())
    assert inner != os.getpid()
    assert not Path(f"/proc/{left}").exists()
"""

RAISES = """
def solve(workspace):
    raise LookupError("no such file")

@harness_target
def greeting():
    return target(solution=solve)

def test_it(greeting):
    pass
"""

UNSENDABLE = """
import threading

LOCK = threading.Lock()

def solve(workspace):
    with LOCK:
        pass

@harness_target
def greeting():
    return target(solution=solve)

def test_it(greeting):
    pass
"""


def test_it_edits_the_workspace_and_leaves_nothing_alive(project: Project) -> None:
    project.write(FUNCTION)
    project.run().assert_outcomes(passed=2)


def test_one_that_raises_is_a_fault_of_the_benchmark(project: Project) -> None:
    project.write(RAISES)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the solution cannot be applied: LookupError: no such file*"])


def test_one_that_cannot_be_sent_is_told_how_to_be(project: Project) -> None:
    project.write(UNSENDABLE)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*the solution's function cannot be sent to a child process*let it hold plain values*"]
    )
