"""What a fenced process reads and writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Ended, Fence

from .fenced import Fenced


@pytest.fixture(params=list(Fence))
def fenced(request: pytest.FixtureRequest, tmp_path: Path, supervisor: Supervisor) -> Fenced:
    return Fenced(tmp_path.resolve(), supervisor, request.param)


def test_workspace_and_scratch_are_the_hosts_own(fenced: Fenced) -> None:
    (fenced.workspace / "given").write_text("given\n")
    said = fenced.shell('cat given; echo new > made; echo s > "$1/made"; pwd', fenced.scratch)
    assert said == f"given\n{fenced.workspace}\n"
    assert (fenced.workspace / "made").read_text() == "new\n"
    assert (fenced.scratch / "made").read_text() == "s\n"


def test_only_they_can_be_written(fenced: Fenced) -> None:
    outside = fenced.root / "outside"
    fenced.run("sh", "-c", 'mkdir -p "${1%/*}"; touch "$1"', "sh", str(outside))
    assert not outside.exists(), "it may have a temporary directory of its own"
    for target in map(Path, ("/usr/new", "/etc/new", "/new", "/opt/new", "/proc/sys/new")):
        assert fenced.run("touch", str(target)).exit != 0, target
        assert not target.exists()


def test_what_is_hidden_cannot_be_read(fenced: Fenced, monkeypatch: pytest.MonkeyPatch) -> None:
    home, project = fenced.root / "home", fenced.root / "project"
    for path in (home, project):
        path.mkdir()
        (path / "file").write_text("private")
    monkeypatch.setenv("HOME", str(home))
    fenced.project = project
    fenced.readable = (fenced.root,)
    (fenced.root / "named").write_text("named")
    assert fenced.reads(fenced.root / "named")
    assert not fenced.reads(fenced.secret)
    assert not fenced.reads(home / "file")
    assert not fenced.reads(project / "file")
    assert not fenced.reads("/etc/shadow")


def test_named_files_below_something_hidden_stay_hidden(fenced: Fenced) -> None:
    link = fenced.root / "link"
    link.symlink_to(fenced.secret)
    fenced.readable = (fenced.secret, link, fenced.hidden)
    for path in (fenced.secret, link):
        assert not fenced.reads(path)


def test_named_files_in_the_project_are_shown(fenced: Fenced) -> None:
    fenced.project = fenced.root
    shown = fenced.root / "tools"
    shown.mkdir()
    (shown / "file").write_text("tool")
    (fenced.root / "other").write_text("other")
    result = fenced.run("cat", str(shown / "file"), readable=(shown,))
    assert result.stdout.text() == "tool"
    assert not fenced.reads(fenced.root / "other")


def test_a_search_path_does_not_uncover_the_home(
    fenced: Fenced, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fenced.root / "home"
    home.mkdir()
    (home / "file").write_text("private")
    monkeypatch.setenv("HOME", str(home))
    assert fenced.run("cat", str(home / "file"), readable=(home, fenced.root)).exit != 0
    fenced.readable = (home,)
    assert fenced.reads(home / "file")


def test_links_lead_nowhere(fenced: Fenced) -> None:
    (fenced.workspace / "link").symlink_to(fenced.secret)
    (fenced.workspace / "up").symlink_to(fenced.hidden)
    assert not fenced.reads(fenced.workspace / "link")
    assert not fenced.reads(fenced.workspace / "up" / "secret")
    assert not fenced.reads("../store/secret")
    assert fenced.run("ln", str(fenced.secret), "hard").exit != 0
    assert fenced.run("ln", "/etc/passwd", "hard").exit != 0


def test_a_program_that_is_a_link_opens_nothing(fenced: Fenced) -> None:
    tools = fenced.root / "tools"
    tools.mkdir()
    (tools / "run").write_text('#!/bin/sh\ncat "$1"\n')
    (tools / "run").chmod(0o755)
    (tools / "other").write_text("the secret")
    (fenced.workspace / "run").symlink_to(tools / "run")
    (fenced.workspace / "sub").symlink_to(tools / "below")
    (tools / "below").mkdir()
    for program in ("./run", str(fenced.workspace / "run"), "sub/../run"):
        result = fenced.run(program, str(tools / "other"))
        assert result.stdout.text() == "", program


@pytest.mark.parametrize(
    "name",
    ["a b ' \" $x", "ä" * 40 + "/" + "long" * 40, os.fsdecode(b"bytes-\xff\xfe")],
    ids=["quotes", "long", "bytes"],
)
def test_any_path_will_do(tmp_path: Path, supervisor: Supervisor, name: str) -> None:
    for fence in Fence:
        fenced = Fenced(tmp_path.resolve() / fence / name, supervisor, fence)
        assert fenced.run("sh", "-c", 'echo here > "$PWD/file"').exit == 0
        assert (fenced.workspace / "file").read_text() == "here\n"
        assert not fenced.reads(fenced.secret)


def test_programs_on_path_work_where_they_are(
    fenced: Fenced, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fenced.root / "home"
    installed = home / "tool"
    (installed / "bin").mkdir(parents=True)
    (installed / "lib").mkdir()
    (installed / "lib" / "text").write_text("from the library\n")
    (home / "key").write_text("key")
    program = installed / "bin" / "tool"
    program.write_text('#!/bin/sh\ncat "${0%/bin/*}/lib/text"\n')
    program.chmod(0o755)
    single = home / "bin"
    single.mkdir()
    (home / "lib").mkdir()
    (single / "other").symlink_to(program)
    monkeypatch.setenv("HOME", str(home))
    path = f"{installed}/bin:{single}:{os.environ['PATH']}"
    env = {"PATH": path}
    assert fenced.run("tool", env=env).stdout.text() == "from the library\n"
    assert fenced.run("sh", "-c", "tool", env=env).stdout.text() == "from the library\n"
    assert fenced.run("other", env=env).exit is not None
    assert fenced.run("cat", str(home / "key"), env=env).exit != 0


def test_programs_of_npm_find_their_modules(fenced: Fenced) -> None:
    package = fenced.root / "prefix" / "node_modules" / "@x" / "agent"
    other = fenced.root / "prefix" / "node_modules" / "other"
    for path in (package, other):
        path.mkdir(parents=True)
    (other / "text").write_text("a module\n")
    script = package / "agent.sh"
    script.write_text('#!/bin/sh\ncat "$(dirname "$(readlink -f "$0")")/../../other/text"\n')
    script.chmod(0o755)
    binary = fenced.root / "prefix" / "bin" / "agent"
    binary.parent.mkdir()
    binary.symlink_to(script)
    assert fenced.run(str(binary)).stdout.text() == "a module\n"


def test_programs_called_by_a_detour(fenced: Fenced) -> None:
    (fenced.root / "tools").mkdir()
    (fenced.root / "aside").mkdir()
    program = fenced.root / "tools" / "run"
    program.write_text("#!/bin/sh\necho done\n")
    program.chmod(0o755)
    assert fenced.run(f"{fenced.root}/aside/../tools/run").stdout.text() == "done\n"


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("no-such-program",), "was not found on PATH"),
        (("./missing",), "does not exist"),
        (("./plain",), "may not be executed"),
        (("./script",), "the interpreter in its first line"),
    ],
)
def test_what_cannot_be_started_is_said(
    fenced: Fenced, argv: tuple[str, ...], sentence: str
) -> None:
    (fenced.workspace / "plain").touch(mode=0o644)
    (fenced.workspace / "script").write_text("#!/no/such/interpreter\n")
    (fenced.workspace / "script").chmod(0o755)
    result = fenced.run(*argv)
    assert result.ended is Ended.NOT_STARTED
    assert sentence in result.reason


def test_a_directory_that_is_not_shown_is_no_place_to_work(fenced: Fenced) -> None:
    result = fenced.run("pwd", cwd=fenced.hidden)
    assert result.ended is Ended.NOT_STARTED
    assert "does not show it" in result.reason


def test_a_program_cannot_pretend_that_there_was_no_fence(fenced: Fenced) -> None:
    result = fenced.run("sh", "-c", "echo 'bwrap: execvp sh: No such file' >&2; exit 1")
    assert (result.ended, result.exit) == (Ended.EXIT, 1)


def test_a_kept_home_is_writable(fenced: Fenced) -> None:
    fenced.home = fenced.root / "kept"
    fenced.home.mkdir()
    fenced.shell('echo x > "$1/file"', fenced.home)
    assert (fenced.home / "file").read_text() == "x\n"


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="fence 'wood' is unknown; use one of bubblewrap"):
        SandboxRuntime(RuntimeSettings(mode="sandbox", options={"fence": "wood"}))
    with pytest.raises(ConfigurationError, match="root directory"):
        SandboxRuntime(RuntimeSettings(mode="sandbox", readable=(Path("/"),)))
