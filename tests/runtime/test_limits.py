"""Limits on time and on silence, and who is said to have ended a process."""

from __future__ import annotations

import os
import signal
import threading

from pytest_harness.runtime import Supervisor
from pytest_harness.vocabulary import Ended

from .conftest import Specs


def test_wall_clock(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.shell("echo begun; exec sleep 60", timeout=0.3))
    assert (result.ended, result.exit, result.signal) == (Ended.TIMEOUT, None, signal.SIGTERM)
    assert result.stdout.text() == "begun\n"
    assert 0.3 <= result.duration < 30


def test_a_polite_end_is_used(supervisor: Supervisor, specs: Specs) -> None:
    script = "trap 'echo saved; exit 7' TERM; echo ready; while :; do sleep 0.01; done"
    result = supervisor.run(specs.shell(script, timeout=0.3, grace=20.0))
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 7)
    assert result.stdout.text() == "ready\nsaved\n"


def test_an_impolite_process_is_forced(supervisor: Supervisor, specs: Specs) -> None:
    script = "trap '' TERM; while :; do sleep 0.01; done"
    result = supervisor.run(specs.shell(script, timeout=0.3, grace=0.1))
    assert (result.ended, result.signal) == (Ended.TIMEOUT, signal.SIGKILL)


def test_a_stopped_process_ends(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.shell("kill -STOP $$", timeout=0.3, grace=20.0))
    assert (result.ended, result.signal) == (Ended.TIMEOUT, signal.SIGTERM)


def test_silence(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.shell("echo one; exec sleep 60", silence=0.3))
    assert result.ended is Ended.SILENCE
    assert result.stdout.text() == "one\n"


def test_either_stream_breaks_the_silence(supervisor: Supervisor, specs: Specs) -> None:
    script = "for n in 1 2 3 4 5 6; do sleep 0.25; echo $n >&2; done"
    result = supervisor.run(specs.shell(script, silence=1.2))
    assert (result.ended, result.exit) == (Ended.EXIT, 0)


def test_a_flood_of_output_does_not_hide_the_limit(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.program("yes", timeout=0.3), lambda line, at: None)
    assert result.ended is Ended.TIMEOUT


def test_an_endless_limit_is_allowed(supervisor: Supervisor, specs: Specs) -> None:
    assert supervisor.run(specs.program("true", timeout=float("inf"))).exit == 0


def test_halt_ends_the_running_process_and_all_later_ones(
    supervisor: Supervisor, specs: Specs
) -> None:
    def halt(line: bytes, at: float) -> None:
        threading.Thread(target=supervisor.halt).start()

    result = supervisor.run(specs.shell("echo ready; exec sleep 60"), halt)
    assert result.ended is Ended.INTERRUPT
    assert result.stdout.text() == "ready\n"
    assert supervisor.run(specs.program("true")).ended is Ended.INTERRUPT


def test_halt_may_come_from_a_signal_handler(supervisor: Supervisor, specs: Specs) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: supervisor.halt())
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        result = supervisor.run(specs.program("sleep", "600"))
        timer.join()
        supervisor.halt()
        supervisor.close()
        os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert result.ended is Ended.INTERRUPT
