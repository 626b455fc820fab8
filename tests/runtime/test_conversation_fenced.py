"""Conversations with processes behind a fence, with limits and with a witness."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.plain import LimitedRunner
from pytest_harness.runtime.process import ResourceLimits
from pytest_harness.runtime.witness import WitnessRunner
from pytest_harness.vocabulary import Ended, Fence, Network

from .alive import is_alive
from .conftest import Specs
from .fenced import Fenced
from .talk import ECHO, Rounds, Talk

PYTHON = (sys.executable, "-I", "-S", "-c")


@pytest.fixture(params=list(Fence))
def fenced(request: pytest.FixtureRequest, tmp_path: Path, supervisor: Supervisor) -> Fenced:
    return Fenced(tmp_path, supervisor, fence=request.param)


def test_a_conversation_passes_the_fence(fenced: Fenced) -> None:
    talk = Rounds(200)
    result = fenced.run(*PYTHON, ECHO, conversation=talk)
    assert (result.ended, result.exit, talk.done) == (Ended.EXIT, 0, 200), result.stderr.text()
    assert talk.begun == 1


def test_a_process_may_finish_behind_the_fence(fenced: Fenced) -> None:
    seen: list[bytes] = []
    talk = Rounds(1 << 40)
    with fenced.entered() as runner:
        spec = fenced.spec(*PYTHON, ECHO, conversation=talk, timeout=1.5, grace=600.0)
        result = runner.run(spec, lambda line, at: seen.append(line))
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0), result.stderr.text()
    assert talk.done > 0
    assert talk.other == [{"saved": "now"}, {"bye": True}]
    assert [json.loads(line) for line in seen[talk.done :]] == talk.other


def test_who_ignores_the_end_dies_behind_the_fence(fenced: Fenced) -> None:
    talk = Talk(last=b"stop\n")
    script = "trap '' TERM; setsid sleep 600 & while :; do sleep 0.01; done"
    result = fenced.run("sh", "-c", script, conversation=talk, timeout=0.6, grace=0.4)
    assert result.ended is Ended.TIMEOUT
    assert talk.ended == 1


def test_a_conversation_goes_beside_the_relay(tmp_path: Path, supervisor: Supervisor) -> None:
    fenced = Fenced(tmp_path, supervisor, network=Network.LOOPBACK, ports=(4173,))
    talk = Rounds(50)
    result = fenced.run(*PYTHON, ECHO, conversation=talk)
    assert (result.exit, talk.done) == (0, 50), result.stderr.text()


def test_looking_whether_the_fence_failed_does_not_speak_again(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    talk = Talk(b"hello\n")
    script = "read a; echo bwrap: $a >&2; exit 1"
    result = Fenced(tmp_path, supervisor).run("sh", "-c", script, conversation=talk)
    assert (result.exit, result.stderr.text()) == (1, "bwrap: hello\n")
    assert talk.begun == 1


def test_a_witness_and_limits_hand_the_conversation_on(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    limits = ResourceLimits(memory=1 << 30, processes=50, file_size=1 << 20)
    witness = WitnessRunner(LimitedRunner(supervisor, limits), lambda: None)
    talk = Rounds(200)
    result = witness.run(specs.python(ECHO, conversation=talk))
    assert (result.exit, talk.done, witness.runs) == (0, 200, 1)


def test_a_limit_on_memory_needs_no_goodbye(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk(b"hello\n", last=b"stop\n")
    script = "import os; print(os.getpid(), flush=True); held = bytearray(400 << 20); input()\n" * 2
    spec = specs.python(script, conversation=talk, limits=ResourceLimits(memory=200 << 20))
    result = supervisor.run(spec)
    assert result.ended is Ended.LIMIT
    assert talk.ended == 0
    assert not any(is_alive(int(line)) for line in talk.heard)
