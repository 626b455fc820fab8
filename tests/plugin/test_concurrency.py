"""``max_concurrency``: so many proposals at once, over all sessions of a user."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_harness import attempts
from pytest_harness.runtime.locks import FileLock
from pytest_harness.vocabulary import Phase
from tests.plugin.conftest import Project
from tests.plugin.paid import hire, seen

DOWN = {"fault": "transport", "reason": "connection refused"}


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    return home


def test_two_sessions_share_the_slots(project: Project) -> None:
    hire(project, {"seconds": 0.5}, limit=1)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    sessions = [
        subprocess.Popen(
            (*command, f"--harness-run-name={name}", f"--basetemp={project.path / name}"),
            cwd=project.path,
            stdout=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    for session in sessions:
        output, _ = session.communicate(timeout=120)
        assert session.returncode == 0, output.decode()
    starts, ends = seen(project), seen(project, "end")
    assert starts[1].at >= ends[0].at
    for name in ("one", "two"):
        (cell,) = project.reader(name).cells()
        assert cell.ended_at is not None
        whole = (cell.ended_at - cell.started_at).total_seconds()
        assert cell.duration == pytest.approx(whole - cell.durations[Phase.WAIT], abs=0.01)


def test_no_slot_is_held_between_two_attempts(
    project: Project, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire(project, DOWN, {"cost": 1.0}, limit=1)
    free: list[bool] = []

    def look(seconds: float, ending: Callable[[], bool]) -> bool:
        lock = FileLock(state_home / "pytest-harness/slots/paid.0")
        free.append(lock.exclusive(blocking=False))
        lock.release()
        return True

    monkeypatch.setattr(attempts, "wait", look)
    project.run().assert_outcomes(passed=1)
    assert free == [True]
