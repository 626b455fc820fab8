"""What SIGKILL leaves behind: ``python benchmarks/kills.py [TIMES] [SEED]``.

Kills a session under ``-n 2`` at random instants: its controller, one of its workers, or one of the
small processes that supervise what they run. Prints how many processes outlived it, how many
ledgers could not be read, and how many sessions were not, once continued, equal to one that nobody
disturbed; times, temporary paths, process ids and names of sessions and workers aside.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_harness.errors import HarnessError
from pytest_harness.ledger import RunReader

MARK = "HARNESS_KILLS_MARK"
RUN = ".harness/runs/run"
LONGEST = 8.0
"""Seconds of a session within which it is killed; it takes about as long."""
GONE_WITHIN = 5.0
"""Seconds after which a process counts as one that outlived its session."""
PATIENCE = 300.0
"""Seconds after which a session counts as one that does not end."""
WARDEN = "pytest_harness/runtime/warden"
"""Part of the command line of the processes that supervise others."""
VOLATILE = frozenset(
    {
        "session",
        "worker",
        "pid",
        "started_at",
        "ended_at",
        "duration",
        "durations",
        "first_event",
        "at",
        "cwd",
    }
)
"""Fields that differ between two equal sessions."""

TESTS = """
import time
from pytest_harness import Command, FileContains, Target, harness_target

def agent(workspace):
    time.sleep(0.2)
    (workspace / "a.txt").write_text("hello all\\n")

@harness_target(trials=6)
def greeting():
    return Target(workspace="ws", objective="Greet everyone.", solution=agent, env={MARK}, checks=[
        FileContains("all", "a.txt", ["all"]),
        Command("leaves", "sleep 977 & setsid sleep 977 & (setsid sleep 977 &); sleep 0.3; true"),
    ])

def test_improves(greeting):
    assert greeting.best.score > greeting.baseline.score

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""


@dataclass(frozen=True)
class Session:
    """One project directory and the mark of all processes that belong to it."""

    path: Path
    mark: str
    members: set[int] = field(default_factory=set)

    @classmethod
    def make(cls, base: Path) -> Session:
        """Write the project; all below ``base`` have one mark, because it counts for the result."""
        mark = base.name
        path = base / uuid.uuid4().hex
        (path / "ws").mkdir(parents=True)
        (path / "ws/a.txt").write_text("hello\n")
        (path / "test_it.py").write_text(TESTS.replace("{MARK}", repr({MARK: mark})))
        return cls(path, mark)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start pytest."""
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-n2", "--harness-run-name=run", *arguments],
            cwd=self.path,
            env={**os.environ, MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def alive(self) -> dict[int, str]:
        """Return the command lines of the processes that carry the mark, and of their wardens.

        A warden carries no mark; the last of its arguments is the process that started it.
        """
        wanted = f"{MARK}={self.mark}".encode()
        found, wardens = {}, {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                pid, command = int(process.name), (process / "cmdline").read_text(errors="replace")
                if WARDEN in command:
                    wardens[pid] = command
                elif wanted in (process / "environ").read_bytes().split(b"\0"):
                    found[pid] = command
            except OSError:
                continue
        self.members.update(found)
        ours = {
            pid: command
            for pid, command in wardens.items()
            if int(command.split("\0")[-2]) in self.members
        }
        return found | ours

    def survivors(self) -> int:
        """Wait for the processes to go; return how many did not."""
        deadline = time.monotonic() + GONE_WITHIN
        while (alive := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
        return len(alive)

    def cells(self) -> dict[str, Any]:
        """Return the ledger's cells without what differs between equal sessions.

        Raises `HarnessError` if the ledger cannot be read.
        """
        reader = RunReader(self.path / RUN)
        tests = {test.nodeid: test.outcome for test in reader.tests()}
        cells = {cell.key: stable(json.loads(cell.to_json())) for cell in reader.cells()}
        return {"cells": cells, "tests": tests}


def stable(value: Any) -> Any:
    """Return a document without its volatile fields."""
    if isinstance(value, dict):
        return {key: stable(each) for key, each in value.items() if key not in VOLATILE}
    return [stable(each) for each in value] if isinstance(value, list) else value


def victim(session: Session, controller: int, random_: random.Random) -> tuple[str, int]:
    """Choose whom to kill among those that live."""
    alive = session.alive()
    kinds: dict[str, list[int]] = {"controller": [controller], "worker": [], "warden": []}
    for pid, command in alive.items():
        if WARDEN in command:
            kinds["warden"].append(pid)
        elif "sys.stdin.readline" in command:
            kinds["worker"].append(pid)
    kind = random_.choice(["controller", "controller", "worker", "warden"])
    kind = kind if kinds[kind] else "controller"
    return kind, random_.choice(sorted(kinds[kind]))


def disturb(base: Path, undisturbed: Any, random_: random.Random) -> Counter[str]:
    """Kill one session and continue it."""
    session = Session.make(base)
    count: Counter[str] = Counter()
    running = session.start()
    delay = random_.uniform(0.1, LONGEST)
    time.sleep(delay)
    kind, pid = victim(session, running.pid, random_)
    count[kind if running.poll() is None else "too late"] += 1
    with contextlib.suppress(ProcessLookupError):  # it may have ended this very moment
        os.kill(pid, signal.SIGKILL)
    running.wait(PATIENCE)
    count["survivors"] += session.survivors()
    try:
        if (session.path / RUN / "run.json").exists():
            session.cells()
    except (HarnessError, OSError) as error:
        print(f"unreadable after {kind} at {delay:.2f} s: {error}", flush=True)
        count["unreadable"] += 1
    resumed = session.start("--harness-resume").wait(PATIENCE)
    count["survivors"] += session.survivors()
    if resumed != 0 or session.cells() != undisturbed:
        print(f"unequal after {kind} at {delay:.2f} s: exit {resumed}, {session.path}", flush=True)
        count["unequal"] += 1
    return count


def main() -> None:
    """Print the figures."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    random_ = random.Random(seed)  # noqa: S311 - a figure can be repeated
    base = Path(tempfile.mkdtemp(prefix="harness-kills-"))
    first = Session.make(base)
    if first.start().wait(PATIENCE) != 0:
        sys.exit(f"the undisturbed session in {first.path} did not pass")
    undisturbed = first.cells()
    total: Counter[str] = Counter()
    for _ in range(times):
        total += disturb(base, undisturbed, random_)
    killed = ", ".join(f"{total[kind]} {kind}s" for kind in ("controller", "worker", "warden"))
    print(f"killed: {killed}; {total['too late']} sessions had ended before")
    print(f"survivors: {total['survivors']}")
    print(f"unreadable ledgers: {total['unreadable']}")
    print(f"unequal once continued: {total['unequal']}")


if __name__ == "__main__":
    main()
