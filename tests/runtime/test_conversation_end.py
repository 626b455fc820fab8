"""The end of a conversation: at a limit, with the session, and by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from pytest_harness.runtime import ProcessSpec, Supervisor
from pytest_harness.runtime.sweep import marked
from pytest_harness.vocabulary import Ended

from .alive import is_alive, pids
from .conftest import Specs
from .talk import ECHO, Talk

LONG = 600.0
"""Seconds of grace that no test waits for."""
END = b'{"end": "now"}\n'
ASK = b'{"id": 1, "say": "hello"}\n'
SAVED = [{"id": 1, "echo": "hello"}, {"saved": "now"}, {"bye": True}]


def saying_goodbye(specs: Specs, **fields: object) -> tuple[ProcessSpec, Talk]:
    talk = Talk(ASK, last=END)
    return specs.python(ECHO, conversation=talk, grace=LONG, **fields), talk


@pytest.mark.parametrize(
    ("limit", "ended"), [("timeout", Ended.TIMEOUT), ("silence", Ended.SILENCE)]
)
def test_a_process_may_finish_when_its_limit_is_reached(
    supervisor: Supervisor, specs: Specs, limit: str, ended: Ended
) -> None:
    seen: list[bytes] = []
    spec, talk = saying_goodbye(specs, **{limit: 0.6})
    result = supervisor.run(spec, lambda line, at: seen.append(line))
    assert (result.ended, result.exit, result.survivors) == (ended, 0, 0)
    assert [json.loads(line) for line in talk.heard] == SAVED
    assert seen == talk.heard == result.stdout.data().splitlines()
    assert talk.ended == 1


def test_a_process_may_finish_when_the_session_ends(supervisor: Supervisor, specs: Specs) -> None:
    def halt(line: bytes, at: float) -> None:
        if b"hello" in line:
            threading.Thread(target=supervisor.halt).start()

    spec, talk = saying_goodbye(specs)
    result = supervisor.run(spec, halt)
    assert (result.ended, result.exit) == (Ended.INTERRUPT, 0)
    assert [json.loads(line) for line in talk.heard] == SAVED
    unheard = Talk()
    assert supervisor.run(specs.program("true", conversation=unheard)).ended is Ended.INTERRUPT
    assert unheard.begun == 0


def test_a_process_may_finish_when_enough_was_seen(supervisor: Supervisor, specs: Specs) -> None:
    spec, talk = saying_goodbye(specs)
    result = supervisor.run(spec, lambda line, at: b"hello" in line)
    assert (result.ended, result.exit) == (Ended.STOPPED, 0)
    assert [json.loads(line) for line in talk.heard] == SAVED


def test_a_process_may_finish_after_ctrl_c(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    def press(line: bytes, at: float) -> None:
        if b"hello" in line:
            os.kill(os.getpid(), signal.SIGINT)

    spec, talk = saying_goodbye(specs, stdout=tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        supervisor.run(spec, press)
    assert [json.loads(line) for line in talk.heard] == SAVED
    assert [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()] == SAVED
    assert supervisor.run(specs.program("true")).exit == 0


def test_ctrl_c_while_it_answers(supervisor: Supervisor, specs: Specs) -> None:
    def reply(line: bytes) -> bytes:
        if b"hello" in line:
            os.kill(os.getpid(), signal.SIGINT)
        return b""

    spec, talk = saying_goodbye(specs)
    talk.reply = reply
    with pytest.raises(KeyboardInterrupt):
        supervisor.run(spec)
    assert [json.loads(line) for line in talk.heard] == SAVED


def test_a_second_ctrl_c_does_not_wait(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    def press(line: bytes) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        return b""

    script = "echo $$ >a.pid; echo ready; read a; echo $a; sleep 600"
    talk = Talk(reply=press, last=b"stop\n")
    with pytest.raises(KeyboardInterrupt):
        supervisor.run(specs.shell(script, conversation=talk, grace=LONG))
    assert talk.heard == [b"ready", b"stop"]
    assert not any(map(is_alive, pids(tmp_path)))
    assert supervisor.run(specs.program("true")).exit == 0


def test_the_conversation_goes_on_after_its_last_words(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(last=b"stop\n")

    def reply(line: bytes) -> bytes:
        talk.over = line == b"sure?"
        return b"yes\n" if talk.over else b""

    talk.reply = reply
    script = "read a; echo sure?; read b; cat; echo $a $b"
    result = supervisor.run(specs.shell(script, conversation=talk, timeout=0.3, grace=LONG))
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0)
    assert talk.heard == [b"sure?", b"stop yes"]


def test_a_process_that_leaves_at_once_was_told_to(supervisor: Supervisor, specs: Specs) -> None:
    for _ in range(20):
        talk = Talk(last=b"stop\n")
        spec = specs.shell("read a; exit 5", conversation=talk, timeout=0.05, grace=LONG)
        result = supervisor.run(spec)
        assert (result.ended, result.exit) == (Ended.TIMEOUT, 5)


def test_who_does_not_act_on_it_is_asked_by_signal(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk(last=b"stop\n")
    script = "trap 'echo saved; exit 7' TERM; read a; echo heard $a; while :; do sleep 0.01; done"
    result = supervisor.run(specs.shell(script, conversation=talk, timeout=0.3, grace=3.0))
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 7)
    assert talk.heard == [b"heard stop", b"saved"]


def test_who_ignores_everything_is_forced(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk(last=b"stop\n")
    script = "trap '' TERM; while :; do sleep 0.01; done"
    result = supervisor.run(specs.shell(script, conversation=talk, timeout=0.6, grace=0.4))
    assert (result.ended, result.signal) == (Ended.TIMEOUT, signal.SIGKILL)


def test_without_last_words_the_signal_comes_at_once(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk()
    spec = specs.program("sleep", "600", conversation=talk, timeout=0.3, grace=LONG)
    result = supervisor.run(spec)
    assert (result.ended, result.signal) == (Ended.TIMEOUT, signal.SIGTERM)
    assert talk.ended == 1


def test_a_conversation_that_is_over_has_no_last_words(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(b"all\n", last=b"stop\n", over=True)
    spec = specs.program("sleep", "600", conversation=talk, timeout=0.3, grace=LONG)
    result = supervisor.run(spec)
    assert (result.ended, result.signal) == (Ended.TIMEOUT, signal.SIGTERM)
    assert talk.ended == 0


def test_the_last_words_come_before_the_end_of_the_input(
    supervisor: Supervisor, specs: Specs
) -> None:
    class Closing(Talk):
        def end(self) -> bytes:
            self.over = True
            return b"stop\n"

    script = (
        "import os, sys, threading\n"
        "def chat():\n"
        "    while True: os.write(1, b'chat\\n' * 1000)\n"
        "threading.Thread(target=chat, daemon=True).start()\n"
        "told = sys.stdin.read(); os._exit(told != 'stop\\n')"
    )
    spec = specs.python(script, conversation=Closing(), timeout=0.3, grace=LONG)
    result = supervisor.run(spec)
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0)


def test_a_closed_input_is_a_goodbye_too(supervisor: Supervisor, specs: Specs) -> None:
    class Closing(Talk):
        def end(self) -> bytes:
            self.over = True
            return b""

    talk = Closing(b"all\n")
    spec = specs.shell("cat; echo closed", conversation=talk, timeout=0.3, grace=LONG)
    result = supervisor.run(spec)
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0)
    assert talk.heard == [b"all", b"closed"]


def test_a_full_pipe_does_not_hold_up_the_end(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk(bytes(10 << 20), last=b"stop\n")
    spec = specs.program("sleep", "600", conversation=talk, timeout=0.3, grace=0.4)
    result = supervisor.run(spec)
    assert (result.ended, result.signal) == (Ended.TIMEOUT, signal.SIGTERM)


def test_a_process_without_newline_is_heard_at_its_end(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(reply=lambda line: b"never read\n", last=b"stop\n")
    script = "printf 'name: '; read a; printf \"it is $a\""
    result = supervisor.run(specs.shell(script, conversation=talk, timeout=0.3, grace=LONG))
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0)
    assert talk.heard == [b"name: it is stop"]


def test_an_error_in_the_last_words_ends_the_process(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    class Refusing(Talk):
        def end(self) -> bytes:
            raise LookupError("end")

    script = "echo $$ >a.pid; sleep 600"
    with pytest.raises(LookupError, match="end"):
        supervisor.run(specs.shell(script, conversation=Refusing(), timeout=0.5, grace=LONG))
    assert len(pids(tmp_path)) == 1
    assert not any(map(is_alive, pids(tmp_path)))


def test_what_a_process_leaves_behind_is_ended(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    script = (
        "trap '' TERM; (setsid sh -c 'echo $$ >a.pid; setsid sleep 600 & sleep 600' &)\n"
        "until test -s a.pid; do :; done; echo up; read a; exit 0"
    )
    talk = Talk(last=b"stop\n")
    result = supervisor.run(specs.shell(script, conversation=talk, timeout=0.5, grace=LONG))
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0)
    assert result.survivors >= 1
    assert not any(map(is_alive, pids(tmp_path)))
    assert marked(supervisor.mark) == []
