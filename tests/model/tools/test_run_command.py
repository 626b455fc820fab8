"""Running commands under a real supervisor."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from pytest_harness.backends.events import Work
from pytest_harness.model.conversation import Call
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.run_command import STREAM_BYTES
from pytest_harness.runtime import ProcessResult, ProcessSpec
from pytest_harness.runtime.process import Captured, LineSeen
from pytest_harness.vocabulary import Ended, Limit

from .conftest import Bench


def test_exit_code_and_both_streams_in_order(live: Bench) -> None:
    argv = ["sh", "-c", "echo err >&2; echo 'o  ut'; pwd; exit 3"]
    outcome = live.call("run_command", argv=argv)
    assert outcome.text == f"Exit code 3.\nstdout:\no  ut\n{live.workspace}\nstderr:\nerr"
    assert (outcome.exit, outcome.failed, outcome.survivors) == (3, False, 0)
    assert (outcome.work, outcome.paths) == (Work.COMMAND, ())
    assert outcome.summary == shlex.join(argv)


def test_silence_is_said(live: Bench) -> None:
    assert live.call("run_command", argv=["sh", "-c", ":"]).text == (
        "Exit code 0. It printed nothing."
    )


def test_there_is_no_shell_and_no_input(live: Bench) -> None:
    script = "import sys; print(sys.argv[1:], repr(sys.stdin.read()))"
    outcome = live.call("run_command", argv=["python", "-c", script, "$HOME", "*", "| ls"])
    assert outcome.text == "Exit code 0.\nstdout:\n['$HOME', '*', '| ls'] ''"


def test_python_and_pytest_are_those_of_the_session(live: Bench) -> None:
    script = "import sys; print(sys.prefix)"
    assert sys.prefix in live.call("run_command", argv=["python", "-c", script]).text
    live.put("test_one.py", "def test_one():\n    assert 1 == 2\n")
    argv = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    outcome = live.call("run_command", argv=argv)
    assert outcome.exit == 1
    assert not outcome.failed
    assert "FAILED test_one.py::test_one - assert 1 == 2" in outcome.text
    assert live.entries() == ["test_one.py"]


def test_a_change_within_the_same_second_is_seen(live: Bench) -> None:
    for word in ("one", "two"):
        place = live.put("words.py", f"print('{word}')")
        os.utime(place, (1000, 1000))
        outcome = live.call("run_command", argv=["python", "-c", "import words"])
        assert outcome.text == f"Exit code 0.\nstdout:\n{word}"


def test_only_what_is_listed_may_be_run(live: Bench) -> None:
    live.put("scripts/test.sh", "#!/bin/sh\necho ran\n").chmod(0o755)
    live.put("ls", "#!/bin/sh\necho wrong\n").chmod(0o755)

    def run(commands: tuple[str, ...], program: str) -> Outcome:
        call = Call(name="run_command", arguments={"argv": [program]}, id="1")
        return live.toolbox(commands=commands).execute(call)

    assert "ls" in run(("ls",), "ls").text
    for commands, program in (
        (("ls",), "cat"),
        (("ls",), "/bin/ls"),
        (("ls",), "./ls"),
        (("ls",), "scripts/../ls"),
        (("ls",), "./scripts/test.sh"),
        (("test.sh",), "scripts/test.sh"),
        (("scripts/test.sh",), "test.sh"),
        ((), "ls"),
    ):
        outcome = run(commands, program)
        assert outcome.refused, program
        assert "may be run" in outcome.text
    for commands, program in (
        (("./scripts/test.sh",), "scripts/test.sh"),
        (("scripts/test.sh",), "./scripts/test.sh"),
        (("*",), "./scripts/test.sh"),
    ):
        assert run(commands, program).text == "Exit code 0.\nstdout:\nran"
    assert run(("*",), "/bin/ls").exit == 0
    assert "by its name, ls" in run(("ls",), "/bin/ls").text


def test_a_file_of_the_workspace_never_stands_for_a_program(live: Bench) -> None:
    live.put("python", "#!/bin/sh\necho wrong\n").chmod(0o755)
    box = live.toolbox(environment={"PATH": f".::{os.environ['PATH']}"})
    argv = ["python", "-c", "print('right')"]
    assert "right" in box.execute(Call(name="run_command", arguments={"argv": argv}, id="1")).text


@pytest.mark.parametrize(
    "arguments",
    [
        {"argv": []},
        {"argv": [""]},
        {"argv": ["ls -l"]},
        {"argv": ["ls", "a\0b"]},
        {"argv": ["ls", "x" * 100_001]},
        {"argv": ["ls"] * 20_000},
        {"argv": ["ls"], "timeout": 0},
        {"argv": ["ls"], "timeout": -1},
        {"argv": ["ls"], "timeout": float("nan")},
        {"argv": ["ls"], "timeout": float("inf")},
    ],
)
def test_what_cannot_be_run_is_refused(bench: Bench, arguments: dict[str, object]) -> None:
    outcome = bench.call("run_command", **arguments)
    assert outcome.refused
    assert len(outcome.text) < 400


def test_long_output_keeps_its_head_and_its_tail(live: Bench) -> None:
    script = f"print('first'); print('x' * {8 * STREAM_BYTES}); print('last')"
    text = live.call("run_command", argv=["python", "-c", script]).text
    assert text.startswith("Exit code 0.\nstdout:\nfirst\nxxx")
    assert text.endswith("xxx\nlast")
    assert "bytes cut ...]" in text
    assert len(text) < STREAM_BYTES + 200


def test_output_that_is_no_text(live: Bench) -> None:
    script = r"import os; os.write(1, b'\xff\0\x1b[31m')"
    outcome = live.call("run_command", argv=["python", "-c", script])
    assert outcome.text == "Exit code 0.\nstdout:\n\\xff\0\x1b[31m"


def test_what_is_left_running_is_ended_and_told(live: Bench) -> None:
    outcome = live.call("run_command", argv=["sh", "-c", "sleep 500 & echo started"])
    assert outcome.survivors == 1
    assert outcome.exit == 0
    assert "It left 1 process running, which had to be ended" in outcome.text


@pytest.mark.parametrize("place", ["argument", "options", "proposal"])
def test_the_shortest_limit_ends_a_command(live: Bench, place: str) -> None:
    arguments: dict[str, object] = {"argv": ["sh", "-c", "echo begun; sleep 500"]}
    if place == "argument":
        arguments["timeout"] = 0.5
    if place == "proposal":
        live.seconds = 0.5
    box = live.toolbox(command_timeout=0.5 if place == "options" else 400.0)
    outcome = box.execute(Call(name="run_command", arguments=arguments, id="1"))
    assert outcome.failed
    assert not outcome.refused
    assert outcome.exit is None
    assert outcome.text.startswith("It ran longer than 0.5 seconds and was ended.")
    assert "begun" in outcome.text


def test_no_command_begins_once_the_time_is_over(live: Bench) -> None:
    live.seconds = -1.0
    outcome = live.call("run_command", argv=["sh", "-c", "echo > made"])
    assert outcome.failed
    assert not outcome.refused
    assert live.entries() == []


def test_a_signal_and_a_program_that_is_missing(live: Bench) -> None:
    killed = live.call("run_command", argv=["sh", "-c", "kill -9 $$"])
    assert killed.text == "Signal 9 ended it. It printed nothing."
    box = live.toolbox(commands=("*",))
    call = Call(name="run_command", arguments={"argv": ["no-such-program"]}, id="1")
    missing = box.execute(call)
    assert missing.failed
    assert not missing.refused
    assert "'no-such-program' was not found on PATH" in missing.text


class Ending:
    """Runs nothing and tells of an end; notes what it was asked to run."""

    def __init__(self, ended: Ended, limit: Limit | None = None) -> None:
        self.ended = ended
        self.limit = limit
        self.specs: list[ProcessSpec] = []

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        self.specs.append(spec)
        printed = Captured(b"part\n", b"", 5)
        nothing = Captured(b"", b"", 0)
        return ProcessResult(
            ended=self.ended,
            exit=None,
            signal=None,
            duration=1.0,
            stdout=printed,
            stderr=nothing,
            survivors=0,
            limit=self.limit,
        )


@pytest.mark.parametrize(
    ("runner", "words"),
    [
        (Ending(Ended.LIMIT, Limit.MEMORY), "It met the limit on memory and was ended"),
        (Ending(Ended.INTERRUPT), "the session is ending"),
        (Ending(Ended.SILENCE), "was ended"),
    ],
)
def test_other_ends_are_explained(tmp_path: Path, runner: Ending, words: str) -> None:
    outcome = Bench(tmp_path, runner).call("run_command", argv=["ls"])
    assert outcome.failed
    assert words in outcome.text
    assert outcome.text.endswith("stdout:\npart")


def test_what_a_command_is_given(tmp_path: Path) -> None:
    runner = Ending(Ended.EXIT)
    bench = Bench(tmp_path, runner)
    bench.call("run_command", argv=["ls", "-l"], timeout=5)
    (spec,) = runner.specs
    assert spec.argv == ("ls", "-l")
    assert (spec.cwd, spec.timeout, spec.stdin) == (bench.workspace, 5.0, None)
    assert {Path(sys.prefix), Path(sys.base_prefix)} <= set(spec.readable)
    assert set(spec.env) == {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTEST_HARNESS_NESTED"}
    assert spec.env["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_the_environment_is_the_given_one_and_nothing_more(
    live: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "never-passed-on")
    outcome = live.call("run_command", argv=["python", "-c", "import os; print(*os.environ)"])
    assert "OPENAI_API_KEY" not in outcome.text
    assert "PYTEST_HARNESS_NESTED" in outcome.text


def test_programs_of_an_image_are_found_on_its_own_path(tmp_path: Path) -> None:
    runner = Ending(Ended.EXIT)
    box = Bench(tmp_path, runner).toolbox(environment={"PATH": "/usr/bin:bin"}, host_programs=False)
    box.execute(Call(name="run_command", arguments={"argv": ["ls"]}, id="1"))
    assert runner.specs[0].env["PATH"] == "/usr/bin:bin"
    assert runner.specs[0].readable == ()
