"""Whoever reads a process's lines may say that enough was seen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.process import ProcessSpec
from pytest_harness.vocabulary import Ended

ENDLESS = "i = 0\nwhile True:\n    print(i, flush=True)\n    i += 1\n"


def spec(tmp_path: Path, program: str, timeout: float = 60) -> ProcessSpec:
    return ProcessSpec(
        argv=(sys.executable, "-c", program),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        timeout=timeout,
    )


def test_an_endless_program_is_ended(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        result = supervisor.run(spec(tmp_path, ENDLESS), lambda line, _: line == b"100")
        assert result.ended is Ended.STOPPED
        assert supervisor.sweep() == 0


def test_a_program_that_ends_by_itself_meanwhile_has_ended_by_itself(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        result = supervisor.run(spec(tmp_path, "print('x', end='')"), lambda _line, _at: True)
    assert (result.ended, result.exit) == (Ended.EXIT, 0)


def test_lines_after_enough_are_still_seen(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def on_line(line: bytes, _at: float) -> bool:
        seen.append(line)
        return line == b"enough"

    program = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('enough', flush=True)\n"
        "signal.pause()\n"
    )
    with Supervisor() as supervisor:
        result = supervisor.run(spec(tmp_path, program), on_line)
    assert result.ended is Ended.STOPPED
    assert seen == [b"enough", b"bye"]
