"""A gigabyte of output costs megabytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor

from .conftest import Specs

GIGABYTE = 1_000_000_000
READER = """
import sys
from pathlib import Path
from pytest_harness.runtime import ProcessSpec, Supervisor
seen = 0
def see(line, at):
    global seen
    seen += 1
with Supervisor() as supervisor:
    spec = ProcessSpec(
        argv=("sh", "-c", sys.argv[1]), cwd=Path.cwd(), env={"PATH": "/usr/bin:/bin"},
        timeout=600.0, stdout=Path("out"), stderr=Path("err"),
    )
    total = supervisor.run(spec, see if sys.argv[2] == "lines" else None).stdout.total
# What the system tells of a process's resources counts that it was once a fork of a larger one.
status = Path("/proc/self/status").read_text()
print(total, seen > 0, status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "script"),
    [
        pytest.param("bytes", f"head -c {GIGABYTE} /dev/zero", id="bytes"),
        pytest.param(
            "lines",
            f"yes 0123456789012345678901234567890123456789 | head -c {GIGABYTE}",
            id="lines",
        ),
        pytest.param("lines", f"head -c {GIGABYTE} /dev/zero; echo", id="one-line"),
    ],
)
def test_a_gigabyte(tmp_path: Path, kind: str, script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READER, script, kind],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    total, seen, peak = done.stdout.split()
    assert int(total) in (GIGABYTE, GIGABYTE + 1)
    assert seen == str(kind == "lines")
    assert int(peak) << 10 < 100_000_000
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 10_000_000


def test_bytes_of_every_kind_survive_a_cut(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 4096
    (tmp_path / "data").write_bytes(data)
    result = supervisor.run(specs.shell("cat data data data", keep=256 * 64))
    assert result.stdout.head == data[: 256 * 32]
    assert result.stdout.tail == data[-256 * 32 :]
    assert result.stdout.total == 3 * len(data)
    assert "\\xff" in result.stdout.text()
