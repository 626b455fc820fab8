"""What a process is given, and what is told of how it went."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime import Supervisor
from pytest_harness.vocabulary import Ended

from .conftest import Specs


def test_exit_code_and_both_streams(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.shell("echo out; echo err >&2; exit 3"))
    assert (result.ended, result.exit, result.signal) == (Ended.EXIT, 3, None)
    assert result.stdout.text() == "out\n"
    assert result.stderr.text() == "err\n"
    assert result.survivors == 0
    assert result.duration > 0


def test_a_signal_that_is_not_ours_is_an_exit(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.shell("kill -SEGV $$"))
    assert (result.ended, result.exit, result.signal) == (Ended.EXIT, None, signal.SIGSEGV)


def test_environment_is_exact_but_for_the_mark(
    supervisor: Supervisor, specs: Specs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "do-not-pass")
    spec = specs.program("/usr/bin/env", "-0", env={"A": "ä\udcff\n=b"})
    printed = supervisor.run(spec).stdout.data().split(b"\0")
    assert set(printed) == {
        b"A=\xc3\xa4\xff\n=b",
        f"PYTEST_HARNESS_MARK={supervisor.mark}".encode(),
        b"",
    }


def test_working_directory_and_own_session(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    script = "import os; print(os.getcwd(), os.getpid() == os.getsid(0) == os.getpgid(0))"
    result = supervisor.run(specs.python(script))
    assert result.stdout.text() == f"{tmp_path} True\n"
    assert result.stderr.text() == ""


def test_no_other_descriptor_is_inherited(supervisor: Supervisor, specs: Specs) -> None:
    with Path("/dev/null").open() as ours:
        os.set_inheritable(ours.fileno(), True)
        result = supervisor.run(
            specs.python("import os; print(sorted(os.listdir('/proc/self/fd')))")
        )
    assert result.stdout.text() == "['0', '1', '2', '3']\n"  # 3 is the listing itself.


def test_signals_have_their_usual_meaning(supervisor: Supervisor, specs: Specs) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        status = supervisor.run(specs.program("cat", "/proc/self/status")).stdout.text()
    finally:
        signal.signal(signal.SIGHUP, before)
    masks = dict(line.split(":\t", 1) for line in status.splitlines())
    assert int(masks["SigIgn"], 16) == int(masks["SigBlk"], 16) == 0


def test_programs_are_found_on_the_path_of_the_process(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    program = tmp_path / "greet"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    result = supervisor.run(specs.program("greet", env={"PATH": str(tmp_path)}))
    assert result.stdout.text() == "hello\n"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("no-such-program",), "'no-such-program' was not found on PATH"),
        (("/no/such/program",), "/no/such/program does not exist"),
        (("./plain",), "chmod +x"),
        (("./no-interpreter",), "the interpreter in its first line"),
        (("./no-format",), "not executable on this machine"),
        (("true", "x" * 3_000_000), "too long for the system"),
        (("true", "a\0b"), "embedded null byte"),
        (("true", "\ud800"), "cannot be encoded"),
    ],
)
def test_what_cannot_be_started_is_said_in_a_sentence(
    supervisor: Supervisor, specs: Specs, tmp_path: Path, argv: tuple[str, ...], words: str
) -> None:
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    for name, content in (("no-interpreter", "#!/no/such/sh\n"), ("no-format", "\x7fELF nothing")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o755)
    result = supervisor.run(specs.program(*argv))
    assert (result.ended, result.exit, result.signal) == (Ended.NOT_STARTED, None, None)
    assert words in result.reason
    assert "\n" not in result.reason
    assert supervisor.run(specs.program("true")).exit == 0


def test_a_missing_working_directory_is_named(
    supervisor: Supervisor, specs: Specs, tmp_path: Path
) -> None:
    result = supervisor.run(specs.program("true", cwd=tmp_path / "gone"))
    assert result.ended is Ended.NOT_STARTED
    assert f"{tmp_path}/gone cannot be entered" in result.reason


def test_input_is_fed_and_closed(supervisor: Supervisor, specs: Specs) -> None:
    assert supervisor.run(specs.program("cat", stdin=b"a\xff\n")).stdout.data() == b"a\xff\n"
    assert supervisor.run(specs.program("cat", stdin=b"")).stdout.data() == b""


def test_without_input_standard_input_is_no_pipe(supervisor: Supervisor, specs: Specs) -> None:
    result = supervisor.run(specs.program("readlink", "/proc/self/fd/0"))
    assert result.stdout.text() == "/dev/null\n"


def test_large_input_and_output_at_once_do_not_block(supervisor: Supervisor, specs: Specs) -> None:
    data = bytes(range(256)) * (1 << 15)
    spec = specs.shell("tee /dev/stderr", stdin=data, keep=4 * len(data))
    result = supervisor.run(spec)
    assert result.stdout.data() == result.stderr.data() == data


def test_input_that_nobody_reads_is_no_error(supervisor: Supervisor, specs: Specs) -> None:
    assert supervisor.run(specs.shell("exec <&-; sleep 0.1", stdin=bytes(1 << 22))).exit == 0


def test_a_closed_supervisor_says_so(specs: Specs) -> None:
    supervisor = Supervisor()
    supervisor.run(specs.program("true"))
    supervisor.close()
    supervisor.close()
    with pytest.raises(SupervisorError, match="was closed"):
        supervisor.run(specs.program("true"))


def test_many_runs_leave_no_descriptor(supervisor: Supervisor, specs: Specs) -> None:
    supervisor.run(specs.program("true"))
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for script in ("exit 0", "exit 1", "kill -9 $$", "sleep 5 & exit 0"):
        supervisor.run(specs.shell(script, stdin=b"x"))
    supervisor.run(specs.program("no-such-program"))
    supervisor.run(specs.program("sleep", "60", timeout=0.01))
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_the_warden_sees_no_secret(
    supervisor: Supervisor, specs: Specs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "do-not-pass")
    supervisor.run(specs.program("true"))
    environment = Path(f"/proc/{supervisor.warden_pid}/environ").read_bytes()
    assert b"do-not-pass" not in environment
    assert sys.executable.encode() in Path(f"/proc/{supervisor.warden_pid}/cmdline").read_bytes()
