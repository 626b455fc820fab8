"""Disks that are full, gone or read-only: one sentence, and what was written before stays."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.ledger import RunReader
from tests.plugin.conftest import Project
from tests.plugin.processes import Sessions

TESTS = """
import subprocess

@harness_target(trials=4)
def greeting():
    return target(solution=agent)

def agent(workspace):
    (workspace / "a.txt").write_text("hello all\\n" * 4000)

def test_solves(greeting):
    assert greeting.best.score == 1.0

@pytest.fixture(autouse=True)
def trouble(request):
    yield
    if "t1" in request.node.name:
        subprocess.run({trouble!r}, shell=True, check=True)
"""

READ_ONLY = "mount --bind {0} {0} && mount -o remount,ro,bind {0}"
"""What makes a directory read-only for the superuser too."""

MODES = pytest.mark.parametrize(
    "mode", [pytest.param((), id="alone"), pytest.param(("-n2",), id="n2", marks=pytest.mark.slow)]
)


def mount(*arguments: str) -> None:
    """Mount, or skip where this user may not."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount: {done.stderr.strip()}")


@pytest.fixture
def sessions(project: Project, tmp_path: Path) -> Sessions:
    return Sessions(project, tmp_path / "base")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Give a small disk."""
    made = tmp_path / "disk"
    made.mkdir()
    mount("-t", "tmpfs", "-o", "size=128k", "tmpfs", str(made))
    yield made
    while made.is_mount():
        subprocess.run(["umount", "--lazy", str(made)], check=True)


def check(result: subprocess.CompletedProcess[str], sentence: str) -> None:
    """Check that a session failed and said why like this."""
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert sentence in result.stdout
    assert "Traceback" not in result.stdout
    assert "INTERNALERROR" not in result.stdout
    assert "an error of pytest-harness" not in result.stdout
    # Each of two workers may meet it, and says so once.
    assert result.stdout.count("pytest-harness: ") <= 2


def solved(run: Path) -> set[str]:
    """Read which cells a ledger holds with a score."""
    reader = RunReader(run)
    list(reader.tests())
    return {cell.id for cell in reader.cells() if cell.fault is None}


@pytest.mark.parametrize("mode", [(), ("-n2",)], ids=["alone", "n2"])
def test_a_full_disk_loses_nothing(sessions: Sessions, place: Path, mode: tuple[str, ...]) -> None:
    sessions.project.write(TESTS.format(trouble=f"head -c 1M /dev/zero > {place}/big; true"))
    option = f"--harness-dir={place}/harness"
    check(sessions.run(option, *mode), "because the disk is full; make room and continue the run")
    before = solved(place / "harness/runs/run")
    assert not sessions.staged()
    (place / "big").unlink()
    mount("-o", "remount,size=8m", str(place))
    sessions.project.write(TESTS.format(trouble="true"))
    assert sessions.run(option, "--harness-resume", *mode).returncode == 0
    after = solved(place / "harness/runs/run")
    assert before <= after
    assert len(after) == 4


@MODES
def test_a_run_that_vanishes_is_said_to_be_gone(sessions: Sessions, mode: tuple[str, ...]) -> None:
    gone = sessions.project.path / ".harness"
    sessions.project.write(TESTS.format(trouble=f"mv {gone} {gone}-moved"))
    check(sessions.run(*mode), "because its directory is gone; leave the run's directory alone")
    assert "fake-t1" in solved(Path(f"{gone}-moved") / "runs/run")
    assert not sessions.staged()


@MODES
def test_a_run_that_becomes_read_only(
    sessions: Sessions, place: Path, mode: tuple[str, ...]
) -> None:
    mount("-o", "remount,size=8m", str(place))
    sessions.project.write(TESTS.format(trouble=READ_ONLY.format(place)))
    option = f"--harness-dir={place}/harness"
    check(sessions.run(option, *mode), "because its place is read-only; choose another")
    assert "fake-t1" in solved(place / "harness/runs/run")
    assert not sessions.staged()


def test_a_ledger_that_cannot_take_the_last_line_fails_the_session(sessions: Sessions) -> None:
    run = sessions.project.path / ".harness/runs/run"
    tests = TESTS.replace("trials=4", "trials=1").format(trouble=f"mv {run} {run}-moved")
    sessions.project.write(tests)
    result = sessions.run()
    check(result, "because its directory is gone")
    assert "1 passed" in result.stdout


def test_a_temporary_directory_that_takes_nothing(sessions: Sessions, place: Path) -> None:
    mount("-o", "remount,size=8m", str(place))
    sessions.base = place / "base"
    sessions.project.write(TESTS.format(trouble=READ_ONLY.format(place)))
    result = sessions.run()
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Read-only file system; choose another temporary directory" in result.stdout
    assert "INTERNALERROR" not in result.stdout
    assert "Traceback" not in result.stdout
    assert "fake-t1" in solved(sessions.project.path / ".harness/runs/run")
