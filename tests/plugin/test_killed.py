"""A session that is killed at any instant is continued, and nothing is bought twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.plugin.conftest import Project
from tests.plugin.processes import MARK, carriers

CELLS = 3
GONE_WITHIN = 60.0
"""Seconds; processes are ended much sooner, but the machine may be busy."""

KILLED = """
import time

def agent(workspace):
    with open({log!r}, "a") as log:
        log.write("bought\\n")
    time.sleep(0.2)
    (workspace / "a.txt").write_text("hello all\\n")

@harness_target(trials={cells})
def greeting():
    return target(solution=agent, env={{{mark!r}: {value!r}}}, checks=[
        FileContains("all", "a.txt", ["all"]),
        Command("leaves-children", "sleep 900 & setsid sleep 900 & sleep 0.2; true"),
    ])

def test_improves(greeting):
    assert greeting.best.score > greeting.baseline.score

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""


@dataclass
class Killable:
    """A project whose sessions can be killed, and whose processes can be found."""

    project: Project
    mark: str
    log: Path

    def session(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "--harness-run-name=run", *arguments],
            cwd=self.project.path,
            env={**os.environ, MARK: self.mark},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def bought(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def finished(self) -> dict[str, str]:
        """The keys of the cells that `cell.json` calls finished, and when they ended."""
        found = {}
        for file in self.project.path.glob(".harness/runs/run/cells/*/*/cell.json"):
            record = json.loads(file.read_bytes())
            if record["status"] == "finished":
                found[record["key"]] = record["ended_at"]
        return found

    def ledger(self) -> list[str]:
        """The keys of the cells in the ledger, which any reader can read at any time."""
        if not (self.project.path / ".harness/runs/run/run.json").exists():
            return []
        reader = self.project.reader("run")
        list(reader.tests())
        return [cell.key for cell in reader.cells()]

    def alive(self) -> list[str]:
        """The processes of any session of this project, by their environment."""
        return carriers(self.mark)

    def wait_until_nobody_lives(self) -> None:
        deadline = time.monotonic() + GONE_WITHIN
        while alive := self.alive():
            assert time.monotonic() < deadline, alive
            time.sleep(0.05)

    def kill_and_resume(self, delay: float, *arguments: str) -> None:
        killed = self.session(*arguments)
        time.sleep(delay)
        self.kill(killed)
        self.resume(*arguments)

    def kill(self, session: subprocess.Popen[bytes]) -> None:
        """Kill the controller alone; all that it has started must end by itself."""
        session.send_signal(signal.SIGKILL)
        session.wait()
        in_ledger = self.ledger()
        self.wait_until_nobody_lives()
        assert set(in_ledger) <= set(self.finished())

    def resume(self, *arguments: str) -> None:
        before, bought = self.finished(), self.bought()
        resumed = self.session("--harness-resume", *arguments)
        assert resumed.wait(GONE_WITHIN * 2) == pytest.ExitCode.OK
        after = self.finished()
        assert len(after) == CELLS
        assert {key: after[key] for key in before} == before
        assert self.bought() - bought == CELLS - len(before)
        assert sorted(set(self.ledger())) == sorted(after)
        self.wait_until_nobody_lives()


@pytest.fixture
def killable(project: Project, tmp_path: Path) -> Iterator[Killable]:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc to see who is alive")
    log = project.path / "bought.log"
    made = Killable(project, mark=str(tmp_path), log=log)
    project.write(KILLED.format(log=str(log), cells=CELLS, mark=MARK, value=made.mark))
    yield made
    made.wait_until_nobody_lives()


def test_a_killed_session_is_continued(killable: Killable) -> None:
    killed = killable.session()
    deadline = time.monotonic() + GONE_WITHIN
    while killable.bought() < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    killable.kill(killed)
    assert 1 <= len(killable.finished()) < CELLS
    killable.resume()


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["alone", "n2"])
@pytest.mark.parametrize("seed", range(6))
def test_a_session_killed_at_any_instant_is_continued(
    killable: Killable, arguments: tuple[str, ...], seed: int
) -> None:
    longest = 5.0 if arguments else 4.0
    delay = random.Random(f"{seed}{arguments}").uniform(0.2, longest)  # noqa: S311
    killable.kill_and_resume(delay, *arguments)
