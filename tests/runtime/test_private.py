"""Directories with credentials do not outlive an owner that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .alive import eventually

OWNER = """
import sys
from collections.abc import Iterator
from pathlib import Path
from pytest_harness.runtime import ProcessSpec, Supervisor
with Supervisor() as supervisor:
    spec = ProcessSpec(
        argv=("sleep", "600"), cwd=Path.cwd(), env={"PATH": "/usr/bin:/bin"}, timeout=600.0,
        private=(Path("home").absolute(), Path("link").absolute(), Path("gone").absolute()),
    )
    print("ready", flush=True)
    try:
        supervisor.run(spec)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs something with private directories."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / "deep/er").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    (home / "deep/er/key").write_text("secret")
    (home / "deep/link").symlink_to(elsewhere, target_is_directory=True)
    (home / "deep").chmod(0o500)
    (tmp_path / "link").symlink_to(elsewhere, target_is_directory=True)
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"ready\n"
        assert eventually(lambda: _sleeps(tmp_path))
        yield started


def _sleeps(directory: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = (process / "cmdline").read_bytes()
            if program.startswith(b"sleep") and (process / "cwd").readlink() == directory:
                return True
        except OSError:
            continue
    return False


def test_they_are_removed_with_a_killed_owner(
    owner: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    owner.kill()
    owner.communicate()
    assert eventually(lambda: not (tmp_path / "home").exists())
    assert eventually(lambda: not _sleeps(tmp_path))
    assert (tmp_path / "elsewhere/kept").read_text() == "kept"
    assert (tmp_path / "link").is_symlink()


def test_they_are_left_to_an_owner_that_lives(
    owner: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    owner.send_signal(signal.SIGINT)
    out, _ = owner.communicate()
    assert out == b"interrupted\n"
    assert (tmp_path / "home/deep/er/key").read_text() == "secret"


def test_what_is_mounted_in_them_is_not_emptied(
    owner: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    point = tmp_path / "home/deep/er"
    command = ["mount", "--bind", str(tmp_path / "elsewhere"), str(point)]
    allowed = os.geteuid() == 0 and not subprocess.run(command, check=False).returncode
    try:
        owner.kill()
        owner.wait()
        assert eventually(lambda: not os.path.lexists(tmp_path / "home/deep/link"))
        if not allowed:
            pytest.skip("nothing can be mounted here")
        assert eventually(lambda: not _sleeps(tmp_path))
        assert (tmp_path / "elsewhere/kept").read_text() == "kept"
    finally:
        subprocess.run(["umount", "-l", str(point)], capture_output=True, check=False)
