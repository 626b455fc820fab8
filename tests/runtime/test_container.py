"""Processes in real containers: what they see, may do, and leave."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pytest_harness.runtime import ProcessResult, ProcessSpec, Runner, Supervisor
from pytest_harness.runtime.container.runtime import ContainerRuntime
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import NO_LIMITS, ResourceLimits
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.runtime.sweep import marked
from pytest_harness.vocabulary import Ended, Limit, Network, RuntimeMode
from tests.containers import IMAGE, containers, use_image
from tests.runtime.alive import eventually
from tests.runtime.talk import ECHO, Rounds

pytestmark = pytest.mark.container


@dataclass(frozen=True)
class Box:
    """A place, and a way to run shell scripts there in containers."""

    place: Place
    supervisor: Supervisor
    settings: RuntimeSettings

    def with_settings(self, **changes: object) -> Box:
        return replace(self, settings=replace(self.settings, **changes))  # type: ignore[arg-type]

    def spec(self, *argv: str, **fields: object) -> ProcessSpec:
        plain = ProcessSpec(argv=argv, cwd=self.place.workspace, env={}, timeout=60.0)
        return replace(plain, **fields)  # type: ignore[arg-type]

    def run(self, *argv: str, **fields: object) -> ProcessResult:
        runtime = ContainerRuntime(self.settings)
        with runtime.enter(self.place, self.supervisor) as runner:
            return runner.run(self.spec(*argv, **fields))

    def shell(self, script: str, **fields: object) -> ProcessResult:
        return self.run("sh", "-c", script, **fields)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    use_image(monkeypatch)
    place = Place(workspace=tmp_path / "workspace", scratch=tmp_path / "scratch")
    for path in place.writable:
        path.mkdir()
    settings = RuntimeSettings(mode=RuntimeMode.CONTAINER, options={"image": IMAGE})
    before = containers()
    with Supervisor() as supervisor:
        yield Box(place, supervisor, settings)
        assert supervisor.sweep() == 0
    assert set(containers()) <= set(before)


def test_the_probe_starts_a_container(box: Box) -> None:
    found = ContainerRuntime(box.settings).probe(box.supervisor, os.environ)
    assert found.ready, found
    assert found.how.startswith("podman ")


def test_streams_stdin_and_exit_code_are_the_programs_own(box: Box) -> None:
    result = box.shell("cat; echo wrong >&2; exit 7", stdin=b"fed\n")
    assert (result.ended, result.exit) == (Ended.EXIT, 7)
    assert result.stdout.text() == "fed\n"
    assert result.stderr.text() == "wrong\n"
    assert (result.survivors, result.detached) == (0, 0)


def test_a_conversation_reaches_the_program(box: Box) -> None:
    talk = Rounds(100)
    result = box.run("python3", "-c", ECHO, conversation=talk)
    assert (result.ended, result.exit, talk.done) == (Ended.EXIT, 0, 100), result.stderr.text()
    assert talk.other == [{"bye": True}]


def test_a_program_may_finish_when_its_limit_is_reached(box: Box) -> None:
    talk = Rounds(1 << 40)
    result = box.run("python3", "-c", ECHO, conversation=talk, timeout=4.0, grace=60.0)
    assert (result.ended, result.exit) == (Ended.TIMEOUT, 0), result.stderr.text()
    assert talk.done > 0
    assert talk.other == [{"saved": "now"}, {"bye": True}]


def test_lines_arrive_while_the_program_runs(box: Box) -> None:
    seen: list[bytes] = []

    def take(line: bytes, at: float) -> None:
        seen.append(line)
        (box.place.workspace / "go").touch()

    with ContainerRuntime(box.settings).enter(box.place, box.supervisor) as runner:
        script = "echo one; until [ -e go ]; do sleep 0.05; done; echo two"
        runner.run(box.spec("sh", "-c", script), take)
    assert seen == [b"one", b"two"]


def test_the_place_is_writable_at_its_own_path_and_belongs_to_the_user(box: Box) -> None:
    workspace, scratch = box.place.writable
    result = box.shell(f"pwd; echo a > made; echo b > {scratch}/made")
    assert result.stdout.text() == f"{workspace}\n"
    assert (workspace / "made").read_text() == "a\n"
    assert (scratch / "made").stat().st_uid == os.geteuid()


def test_nothing_else_of_the_machine_is_there(box: Box, tmp_path: Path) -> None:
    (tmp_path / "beside").write_text("hidden")
    result = box.shell(f"ls {tmp_path}; ls {Path(__file__).parent}; touch /etc/x /usr/x /x")
    assert sorted(result.stdout.text().split()) == ["scratch", "workspace"]
    assert result.stderr.text().count("Read-only file system") == 3
    assert box.shell("echo ok > /tmp/x && cat /tmp/x").stdout.text() == "ok\n"


def test_readable_paths_are_read_only_and_hidden_ones_are_empty(box: Box, tmp_path: Path) -> None:
    shown, more = tmp_path / "shown", tmp_path / "more"
    for path in (shown, more, shown / "secret", shown / "secret" / "deep"):
        path.mkdir()
        (path / "file").write_text("text")
    (shown / "key").write_text("value")
    box = box.with_settings(readable=(shown,))
    box = replace(box, place=replace(box.place, hidden=(shown / "secret", shown / "key")))
    result = box.shell(
        f"ls {shown}/secret/deep; cat {shown}/file {more}/file; ls {shown}/secret; "
        f"cat {shown}/key; "
        f"touch {shown}/x {more}/x {shown}/secret/x",
        readable=(more, shown / "secret" / "deep"),
    )
    assert result.stdout.text() == "texttext"
    assert result.stderr.text().count("Read-only file system") == 3


def test_the_environment_is_exact(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_HOST", "seen")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:word@proxy")
    env = {
        "HOME": str(box.place.scratch),
        "PATH": os.environ["PATH"],
        "TOKEN": "two\nlines",
        "ODD": ' a "b" #c=$d ',
        "DOCKER_CONFIG": "mine",
    }
    text = box.run("env", "-0", env=env).stdout.text()
    found = dict(line.split("=", 1) for line in text.split("\0") if line)
    engines = {"PATH", "TERM", "HOSTNAME", "container", "PYTEST_HARNESS_MARK"}
    assert found.keys() - engines == env.keys() - engines
    assert {name: found[name] for name in env.keys() - {"PATH"}} == {
        name: value for name, value in env.items() if name != "PATH"
    }
    assert found["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def test_a_path_that_was_chosen_reaches_the_program(box: Box) -> None:
    path = f"{box.place.workspace}/bin:/usr/bin:/bin"
    assert box.shell("echo $PATH", env={"PATH": path}).stdout.text() == f"{path}\n"


def test_no_value_stands_on_a_command_line_or_stays_in_a_file(box: Box) -> None:
    found: list[bytes] = []

    def look(line: bytes, at: float) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found.append(path.read_bytes())
            except OSError:
                continue
        (box.place.workspace / "go").touch()

    script = "echo up; until [ -e go ]; do sleep 0.05; done"
    env = {"API_KEY": "canary-7Zq1", "DOCKER_AUTH_CONFIG": "canary-8Xw2"}
    with ContainerRuntime(box.settings).enter(box.place, box.supervisor) as runner:
        runner.run(box.spec("sh", "-c", script, env=env), look)
    assert any(b"conmon" in line for line in found)
    assert not any(b"canary-" in line for line in found)
    for path in box.place.scratch.rglob("*"):
        assert b"canary-" not in path.read_bytes()


def test_what_is_missing_in_the_image_is_not_started(box: Box) -> None:
    result = box.run("no-such-program")
    assert result.ended is Ended.NOT_STARTED
    assert result.reason == (
        f"The program 'no-such-program' was not found in the image {IMAGE}; install it there or "
        "name another image."
    )
    (box.place.workspace / "script").write_text("#!/bin/sh\n")
    result = box.run("./script")
    assert result.ended is Ended.NOT_STARTED
    assert "may not be executed" in result.reason


def test_a_missing_directory_is_named(box: Box) -> None:
    result = box.run("true", cwd=box.place.workspace / "none")
    assert result.ended is Ended.NOT_STARTED
    assert "none cannot be entered" in result.reason


@pytest.mark.parametrize("code", [1, 125, 126, 127, 137])
def test_codes_of_engines_may_be_a_programs_own(box: Box, code: int) -> None:
    result = box.shell(f"exit {code}")
    assert (result.ended, result.exit) == (Ended.EXIT, code)


def test_more_memory_than_allowed_is_said(box: Box) -> None:
    box = box.with_settings(limits=ResourceLimits(memory=100 << 20))
    result = box.run("python3", "-c", "bytearray(500 << 20)")
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.MEMORY)
    result = box.shell("python3 -c 'bytearray(500 << 20)'; exit 3")
    assert (result.ended, result.exit, result.limit) == (Ended.EXIT, 3, Limit.MEMORY)
    result = box.shell("kill -9 $$")
    assert (result.ended, result.exit, result.limit) == (Ended.EXIT, 137, None)


def test_a_file_larger_than_allowed_is_said(box: Box) -> None:
    box = box.with_settings(limits=ResourceLimits(file_size=1 << 16))
    result = box.shell("exec head -c 100000 /dev/zero > big")
    assert (result.ended, result.limit) == (Ended.LIMIT, Limit.FILE_SIZE)
    assert (box.place.workspace / "big").stat().st_size == 1 << 16


def test_no_more_processes_than_allowed(box: Box) -> None:
    box = box.with_settings(limits=ResourceLimits(processes=20))
    result = box.shell("for i in $(seq 40); do sleep 5 & done; echo all")
    assert "fork" in result.stderr.text()


HOSTILE = "trap '' TERM INT HUP; (trap '' TERM; setsid sleep 600) & echo up; sleep 600"


def test_a_time_out_ends_everything_inside(box: Box) -> None:
    begun = time.monotonic()
    result = box.shell(HOSTILE, timeout=3.0, grace=0.5)
    assert result.ended is Ended.TIMEOUT
    assert result.stdout.text() == "up\n"
    assert time.monotonic() - begun < 30
    assert marked(box.supervisor.mark) == []


def test_the_end_of_the_session_removes_the_container(box: Box) -> None:
    def end(line: bytes, at: float) -> None:
        threading.Thread(target=box.supervisor.halt).start()

    with ContainerRuntime(box.settings).enter(box.place, box.supervisor) as runner:
        result = runner.run(box.spec("sh", "-c", HOSTILE, grace=0.5), end)
    assert result.ended is Ended.INTERRUPT


def test_what_is_left_running_ends_with_its_program(box: Box) -> None:
    result = box.shell("setsid sh -c 'sleep 1; echo late > late' >/dev/null 2>&1 & echo done")
    assert (result.ended, result.exit, result.survivors) == (Ended.EXIT, 0, 0)
    time.sleep(1.5)
    assert not (box.place.workspace / "late").exists()


def test_the_interpreter_of_the_harness_is_the_images_own(box: Box) -> None:
    result = box.run(sys.executable, "-c", "import sys; print(sys.executable)")
    assert result.stdout.text() == "/usr/bin/python3\n"
    box = box.with_settings(options={"image": IMAGE, "python": "python9"})
    result = box.run(sys.executable, "-c", "")
    assert result.ended is Ended.NOT_STARTED
    assert 'python = "python9"' in result.reason


CONNECT = """
import socket, sys
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as made:
        print(made.recv(10).decode())
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(
    ("network", "answer"),
    [
        (Network.ON, "hello\n"),
        (Network.LOOPBACK, "hello\n"),
        (Network.OFF, "ConnectionRefusedError\n"),
    ],
)
def test_what_of_the_network_is_reached(
    box: Box, greeter: Callable[[], int], network: Network, answer: str
) -> None:
    port = greeter()
    box = box.with_settings(network=network)
    result = box.run("python3", "-c", CONNECT, str(port), ports=(port,))
    assert result.stdout.text() == answer, result.stderr.text()


@pytest.fixture
def greeter() -> Iterator[Callable[[], int]]:
    """Start a server on this machine that says hello."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    made, _ = server.accept()
                except OSError:
                    return
                with made:
                    made.sendall(b"hello")

        def start() -> int:
            threading.Thread(target=serve, daemon=True).start()
            return int(server.getsockname()[1])

        yield start
        server.shutdown(socket.SHUT_RDWR)


def test_nothing_of_the_client_is_kept(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = box.place.scratch / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    modes: dict[str, int] = {}

    def look(line: bytes, at: float) -> None:
        for path in temporary.rglob("*"):
            modes[path.name] = stat.S_IMODE(path.stat().st_mode)

    with ContainerRuntime(box.settings).enter(box.place, box.supervisor) as runner:
        runner.run(box.spec("echo", "up"), look)
    assert modes.pop("variables") == 0o600
    assert modes.pop("empty") == 0o755
    assert set(modes.values()) == {0o700}
    assert not list(temporary.iterdir())


def test_a_missing_image_is_a_sentence_and_nothing_is_fetched(box: Box) -> None:
    box = box.with_settings(options={"image": "localhost/none:1"})
    found = ContainerRuntime(box.settings).probe(box.supervisor, os.environ)
    assert not found.ready
    assert "has no image localhost/none:1" in found.missing
    assert found.remedy == "run: podman pull localhost/none:1, or build it"


def test_the_limits_of_others_do_not_reach_the_client(box: Box) -> None:
    """The client's own memory is not the program's."""
    seen: list[ProcessSpec] = []

    class Watching(Runner):
        def run(self, spec: ProcessSpec, on_line: object = None) -> ProcessResult:
            seen.append(spec)
            return box.supervisor.run(spec, on_line)  # type: ignore[arg-type]

    with ContainerRuntime(box.settings).enter(box.place, Watching()) as runner:
        runner.run(box.spec("true", limits=ResourceLimits(memory=1 << 20)))
    assert all(spec.limits == NO_LIMITS for spec in seen)
    assert eventually(lambda: not marked(box.supervisor.mark))
