"""Output of any size and content, as lines, in memory and in files."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import Supervisor
from pytest_harness.vocabulary import Ended

from .alive import is_alive, pids
from .conftest import Specs


def test_bytes_that_are_not_text_are_kept(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.program("printf", r"a\377\000b\n"))
    assert result.stdout.data() == b"a\xff\0b\n"
    assert result.stdout.text() == "a\\xff\0b\n"


def test_lines_come_while_the_process_runs(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    seen = []

    def answer(line: bytes, at: float) -> None:
        seen.append((line, at))
        (tmp_path / "answer").touch()

    script = "echo one; until test -e answer; do sleep 0.01; done; printf 'two\\n\\nlast'"
    result = supervisor.run(specs.shell(script), answer)
    assert [line for line, _ in seen] == [b"one", b"two", b"", b"last"]
    times = [at for _, at in seen]
    assert times == sorted(times)
    assert 0 <= times[-1] <= result.duration + 60
    assert result.stdout.text() == "one\ntwo\n\nlast"


def test_much_output_is_cut_in_memory_and_on_disk(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    total = 200 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spec = specs.program(
        "head", "-c", str(total), "/dev/zero", keep=1000, stdout=tmp_path / "out.bin"
    )
    result = supervisor.run(spec)
    assert result.stdout.total == total
    assert len(result.stdout.head) == len(result.stdout.tail) == 500
    assert (tmp_path / "out.bin").read_bytes() == result.stdout.data()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 << 10


def test_an_endless_line_is_cut(supervisor: Supervisor, specs: Specs) -> None:
    seen: list[bytes] = []
    spec = specs.shell("head -c 30000000 /dev/zero; echo; echo after", keep=1000)
    supervisor.run(spec, lambda line, at: seen.append(line))
    assert [len(line) for line in seen] == [8 << 20, 5]


def test_files_hold_both_streams(supervisor: Supervisor, specs: Specs, tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    out.write_text("from an earlier run, and longer")
    supervisor.run(specs.shell("echo out; echo err >&2", stdout=out, stderr=err))
    assert (out.read_text(), err.read_text()) == ("out\n", "err\n")


def test_a_file_holds_what_came_so_far(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    sizes = []
    out = tmp_path / "out"
    supervisor.run(
        specs.shell("echo one; echo two", stdout=out), lambda *_: sizes.append(out.stat())
    )
    assert sizes[0].st_size >= len("one\n")


def test_a_file_that_cannot_be_made_is_named_and_nothing_runs(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    spec = specs.program("touch", "ran", stdout=tmp_path / "gone" / "out")
    with pytest.raises(SupervisorError, match="gone/out"):
        supervisor.run(spec)
    assert not (tmp_path / "ran").exists()


def test_a_disk_that_fills_up_ends_the_process(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    spec = specs.shell("echo $$ >a.pid; yes", stdout=Path("/dev/full"))
    with pytest.raises(SupervisorError, match="No space left"):
        supervisor.run(spec)
    assert not any(map(is_alive, pids(tmp_path)))
    assert supervisor.run(specs.program("true")).exit == 0


def test_an_error_of_the_listener_ends_the_process(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    def refuse(line: bytes, at: float) -> None:
        raise LookupError(line)

    spec = specs.shell("echo $$ >a.pid; echo one; sleep 600", stdout=tmp_path / "out")
    with pytest.raises(LookupError, match="one"):
        supervisor.run(spec, refuse)
    assert not any(map(is_alive, pids(tmp_path)))
    assert (tmp_path / "out").read_text() == "one\n"
    assert supervisor.run(specs.program("true")).exit == 0


def test_what_a_stranger_keeps_open_is_not_waited_for(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    held: list[int] = []

    def hold(line: bytes, at: float) -> None:
        held.append(os.open(f"/proc/{int(line)}/fd/1", os.O_WRONLY))
        (tmp_path / "held").touch()

    script = "echo $$; until test -e held; do sleep 0.01; done"
    result = supervisor.run(specs.shell(script), hold)
    assert (result.ended, result.survivors) == (Ended.EXIT, 0)
    assert len(held) == 1
    os.close(held[0])
