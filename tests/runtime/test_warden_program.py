"""The warden runs as a program of its own, wherever the package lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_harness
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.process import ResourceLimits

from .conftest import Specs

WARDEN = Path(pytest_harness.__file__).parent / "runtime/warden"


@pytest.mark.parametrize("mode", [0o755, 0o555], ids=["writable", "read-only"])
def test_a_copy_runs_without_the_package(tmp_path: Path, mode: int) -> None:
    copy = tmp_path / "elsewhere/warden"
    shutil.copytree(WARDEN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("json.py", "socket.py"):
        (copy.parent / name).write_text("raise SystemExit('a stranger was imported')\n")
    copy.chmod(mode)
    reading, writing = os.pipe()
    os.close(writing)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(copy / "__main__.py"), str(reading), "1"],
        pass_fds=[reading],
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(reading)
    assert "not a socket" in done.stderr or "non-socket" in done.stderr
    assert "stranger" not in done.stderr


def test_an_unusual_request_is_no_reason_to_die(specs: Specs, supervisor: Supervisor) -> None:
    limits = ResourceLimits(memory=1 << 62, processes=1 << 31, file_size=1 << 62)
    assert supervisor.run(specs.program("true", limits=limits)).exit == 0
    assert supervisor.run(specs.program("true", limits=ResourceLimits(file_size=0))).exit == 0
