"""What the tests of workspaces share."""

from __future__ import annotations

import subprocess
import time

import pytest

from pytest_harness.runtime.process import Captured, LineSeen, ProcessResult, ProcessSpec
from pytest_harness.vocabulary import Ended


class PlainRunner:
    """Runs a process with the standard library; enough for git."""

    def __init__(self) -> None:
        self.specs: list[ProcessSpec] = []

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        self.specs.append(spec)
        started = time.monotonic()
        try:
            done = subprocess.run(
                spec.argv,
                cwd=spec.cwd,
                env=dict(spec.env),
                input=spec.stdin or b"",
                capture_output=True,
                timeout=spec.timeout,
                check=False,
            )
        except FileNotFoundError as error:
            return _result(Ended.NOT_STARTED, None, b"", b"", started, str(error))
        return _result(Ended.EXIT, done.returncode, done.stdout, done.stderr, started, "")


class NothingInstalled:
    """Finds no program at all."""

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        return _result(
            Ended.NOT_STARTED, None, b"", b"", time.monotonic(), f"{spec.argv[0]} was not found"
        )


def _result(
    ended: Ended, code: int | None, out: bytes, err: bytes, started: float, reason: str
) -> ProcessResult:
    return ProcessResult(
        ended=ended,
        exit=code,
        signal=None,
        duration=time.monotonic() - started,
        stdout=Captured(out, b"", len(out)),
        stderr=Captured(err, b"", len(err)),
        survivors=0,
        reason=reason,
    )


@pytest.fixture
def runner() -> PlainRunner:
    return PlainRunner()


@pytest.fixture
def nothing_installed() -> NothingInstalled:
    return NothingInstalled()
