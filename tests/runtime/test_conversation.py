"""Speaking with a process over its standard input while it runs."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.redaction import Vault
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sweep import marked
from pytest_harness.vocabulary import Ended

from .alive import is_alive, pids
from .conftest import Specs
from .talk import ECHO, Rounds, Talk


def test_each_answer_follows_what_it_answers(supervisor: Supervisor, specs: Specs) -> None:
    talk = Rounds(5)
    result = supervisor.run(specs.python(ECHO, conversation=talk))
    assert (result.ended, result.exit, talk.done) == (Ended.EXIT, 0, 5)
    assert talk.other == [{"bye": True}]
    assert [json.loads(line) for line in result.stdout.text().splitlines()] == [
        *({"id": number, "echo": f"é{number}"} for number in range(5)),
        {"bye": True},
    ]


def test_ten_thousand_exchanges(supervisor: Supervisor, specs: Specs) -> None:
    talk = Rounds(10_000)
    result = supervisor.run(specs.python(ECHO, conversation=talk))
    assert (result.ended, result.exit, talk.done) == (Ended.EXIT, 0, 10_000)


def test_a_line_is_answered_before_the_listener_gets_it(
    supervisor: Supervisor, specs: Specs
) -> None:
    order: list[tuple[str, bytes]] = []

    def reply(line: bytes) -> bytes:
        order.append(("answered", line))
        return b""

    script = "printf 'one\\ntwo\\n'; cat"
    supervisor.run(
        specs.shell(script, conversation=Talk(b"three\n", reply, over=True)),
        lambda line, at: order.append(("listened", line)),
    )
    assert order == [
        (who, line) for line in (b"one", b"two", b"three") for who in ("answered", "listened")
    ]


def test_standard_input_stays_open_until_the_conversation_is_over(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(b"first\n")

    def reply(line: bytes) -> bytes:
        talk.over = line == b"enough"
        return b"second\n" if line == b"more" else b""

    talk.reply = reply
    script = "read a; echo more; read b; echo $a $b; echo enough; cat; echo closed"
    result = supervisor.run(specs.shell(script, conversation=talk))
    assert result.exit == 0
    assert talk.heard == [b"more", b"first second", b"enough", b"closed"]


def test_what_is_said_after_the_end_is_dropped(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk(b"all\n", lambda line: b"too late\n", over=True)
    result = supervisor.run(specs.shell("cat; echo closed", conversation=talk))
    assert result.stdout.text() == "all\nclosed\n"
    assert talk.heard == [b"all", b"closed"]


def test_a_program_that_never_reads_does_not_hold_us_up(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(bytes(10 << 20), lambda line: bytes(10 << 20))
    result = supervisor.run(specs.shell("echo one; echo two; exit 3", conversation=talk))
    assert (result.ended, result.exit) == (Ended.EXIT, 3)
    assert talk.heard == [b"one", b"two"]


def test_answers_wait_until_the_program_reads(supervisor: Supervisor, specs: Specs) -> None:
    lines = 200_000
    talk = Talk(reply=lambda line: line + b"\n" if line != b"all" else b"")
    script = (
        f"import sys; print('\\n'.join(map(str, range({lines}))), flush=True)\n"
        f"same = all(int(sys.stdin.readline()) == number for number in range({lines}))\n"
        "print('all', flush=True); sys.exit(not same)"
    )
    result = supervisor.run(specs.python(script, conversation=talk))
    assert (result.ended, result.exit) == (Ended.EXIT, 0)
    assert len(talk.heard) == lines + 1


def test_what_nobody_reads_is_bounded(supervisor: Supervisor, specs: Specs, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    words = bytes(1 << 20)
    spec = specs.shell("echo $$ >a.pid; yes; sleep 600", conversation=Talk(reply=lambda _: words))
    with pytest.raises(SupervisorError, match=r"^sh leaves 6\d MiB unread .*; look why"):
        supervisor.run(spec)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250 << 10
    assert not any(map(is_alive, pids(tmp_path)))
    assert supervisor.run(specs.program("true")).exit == 0


def test_small_words_that_nobody_reads_are_bounded_too(
    supervisor: Supervisor, specs: Specs
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = 0

    def reply(line: bytes) -> bytes:
        nonlocal said
        said += 1
        return b"123456789\n"

    with pytest.raises(SupervisorError, match="unread"):
        supervisor.run(specs.program("yes", conversation=Talk(reply=reply)))
    assert said > 6_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250 << 10


def test_a_program_that_closes_its_input_is_heard_to_its_end(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(b"read me\n", lambda line: b"and me\n")
    script = "exec <&-; echo one; echo two; sleep 0.1; echo three; exit 4"
    result = supervisor.run(specs.shell(script, conversation=talk))
    assert (result.ended, result.exit) == (Ended.EXIT, 4)
    assert talk.heard == [b"one", b"two", b"three"]


def test_a_line_counts_when_it_ends(supervisor: Supervisor, specs: Specs) -> None:
    talk = Talk(reply=lambda line: b"go on\n")
    script = "printf half; printf ' line\\n'; read a; printf 'no newline'"
    result = supervisor.run(specs.shell(script, conversation=talk))
    assert result.exit == 0
    assert talk.heard == [b"half line", b"no newline"]


def test_an_endless_line_does_not_end_the_conversation(
    supervisor: Supervisor, specs: Specs
) -> None:
    talk = Talk(reply=lambda line: b"%d\n" % len(line))
    script = "head -c 30000000 /dev/zero; echo; read size; echo got $size; read size; exit $size"
    result = supervisor.run(specs.shell(script, conversation=talk))
    assert [len(line) for line in talk.heard] == [8 << 20, len("got 8388608")]
    assert talk.heard[1] == b"got %d" % (8 << 20)
    assert result.exit == len(talk.heard[1])


def test_a_conversation_sees_what_files_and_listeners_do_not(tmp_path: Path, specs: Specs) -> None:
    secret = "kQ7/mP2v+L8nR'4tY-x91"
    seen: list[bytes] = []
    talk = Talk(secret.encode() + b"\n", over=True)
    spec = specs.program("cat", conversation=talk, stdout=tmp_path / "out")
    with Supervisor(Vault([secret])) as supervisor:
        result = supervisor.run(spec, lambda line, at: seen.append(line))
    assert talk.heard == [secret.encode()]
    assert seen == [b"[hidden]"]
    assert result.stdout.text() == (tmp_path / "out").read_text() == "[hidden]\n"


def test_an_error_of_the_conversation_ends_the_process(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    def refuse(line: bytes) -> bytes:
        raise LookupError(line)

    script = "echo $$ >a.pid; echo one; sleep 600"
    spec = specs.shell(script, conversation=Talk(reply=refuse), stdout=tmp_path / "out")
    with pytest.raises(LookupError, match="one"):
        supervisor.run(spec)
    assert len(pids(tmp_path)) == 1
    assert not any(map(is_alive, pids(tmp_path)))
    assert (tmp_path / "out").read_text() == "one\n"
    assert supervisor.run(specs.program("true")).exit == 0


def test_an_error_at_the_beginning_starts_nothing(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    class Refusing(Talk):
        def begin(self) -> bytes:
            raise LookupError("begin")

    with pytest.raises(LookupError, match="begin"):
        supervisor.run(specs.program("touch", "ran", conversation=Refusing()))
    assert not (tmp_path / "ran").exists()
    assert supervisor.run(specs.program("true")).exit == 0


def test_bytes_beside_a_conversation_are_refused(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    talk = Talk()
    with pytest.raises(SupervisorError, match="touch has both bytes and a conversation"):
        supervisor.run(specs.program("touch", "ran", stdin=b"", conversation=talk))
    assert not (tmp_path / "ran").exists()
    assert talk.begun == 0
    assert supervisor.run(specs.program("true")).exit == 0


def test_a_program_that_does_not_exist(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.program("no-such-program", conversation=Talk(b"hello\n")))
    assert result.ended is Ended.NOT_STARTED


def test_what_holds_the_conversation_open_is_ended(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    script = "exec 3<&0; setsid cat <&3 & echo $! >a.pid; echo up"
    result = supervisor.run(specs.shell(script, conversation=Talk(b"hello\n")))
    assert (result.ended, result.exit) == (Ended.EXIT, 0)
    assert result.survivors >= 1
    assert not any(map(is_alive, pids(tmp_path)))
    assert marked(supervisor.mark) == []


def test_no_descriptor_is_left(supervisor: Supervisor, specs: Specs) -> None:
    supervisor.run(specs.program("true"))
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - counted, not walked
    for talk in (Talk(bytes(1 << 20)), Talk(b"x", over=True), Talk()):
        supervisor.run(specs.program("true", conversation=talk))
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208
