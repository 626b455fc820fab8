"""Agents and checks in containers, from `harness.toml` to the record."""

from __future__ import annotations

import pytest

from pytest_harness.vocabulary import Fault, Outcome
from tests.containers import IMAGE, containers, use_image

from .conftest import Project

TOML = f"""
[runtimes.container]
image = "{IMAGE}"
"""

CODEX = """#!/bin/sh
# Stands for the real program: it does what is asked and says so.
case "$1" in --version) echo "codex-cli 9.9.9"; exit;; esac
cat >/dev/null
[ -e /etc/debian_version ] && [ ! -e "$HOST_ONLY" ] && echo all >> a.txt
echo '{"type":"thread.started","thread_id":"1"}'
echo '{"type":"turn.started"}'
echo '{"type":"item.completed","item":{"id":"0","type":"agent_message","text":"done"}}'
echo '{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":1}}'
"""

CHECKS = '''
from pytest_harness import Pytest, Python

def has_all(workspace):
    """Decide in the image's interpreter."""
    import sys
    assert sys.executable == "/usr/bin/python3", sys.executable
    return "all" in (workspace / "a.txt").read_text()

@harness_target
def greeting():
    return target(checks=[
        Command("shell", "test -n \\"$BASH_VERSION\\" && grep -q all a.txt && ! ls %s"),
        Command("program", ["git", "--version"]),
        Python("python", has_all),
        Pytest("tests", "tests"),
    ], hidden="hidden")

def test_solves(greeting):
    assert greeting.best.score == 1.0, greeting.best.evaluation
'''


@pytest.fixture
def boxed(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    use_image(monkeypatch)
    (project.path / "harness.toml").write_text(TOML)
    return project


@pytest.mark.container
def test_checks_run_with_the_images_programs(boxed: Project) -> None:
    tests = boxed.path / "hidden" / "tests"
    tests.mkdir(parents=True)
    (tests / "test_all.py").write_text(
        "def test_all():\n    assert 'all' in open('a.txt').read()\n"
    )
    before = set(containers())
    boxed.write(CHECKS % boxed.path)
    result = boxed.run("--harness-runtime=container", "hidden/tests", "test_it.py")
    result.assert_outcomes(passed=1, failed=1)  # The hidden test fails by itself, on purpose.
    assert boxed.cells()[0].runtime == "container"
    assert set(containers()) <= before


@pytest.mark.container
def test_an_agent_is_the_images_program(
    boxed: Project, mode: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = boxed.path / "bin" / "codex"
    program.parent.mkdir()
    program.write_text(CODEX)
    program.chmod(0o755)
    (boxed.path / "harness.toml").write_text(
        TOML
        + f"""
readable = ["bin"]
[backends.boxed]
provider = "codex-cli"
command = ["{program}"]
env = ["HOST_ONLY"]
[backends.boxed.runtime]
mode = "container"
"""
    )
    monkeypatch.setenv("CODEX_API_KEY", "sk-not-a-key")
    monkeypatch.setenv("HOST_ONLY", str(boxed.path / "test_it.py"))
    boxed.run("--harness-backend=boxed", *mode).assert_outcomes(passed=2)
    cell = boxed.cells()[0]
    assert cell.backend_version == "9.9.9"
    assert cell.candidates[1].proposal is not None
    assert cell.candidates[1].proposal.runtime == "container"
    assert cell.outcome is Outcome.KEEP


@pytest.mark.container
def test_a_program_that_the_image_lacks_is_unavailable(
    boxed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_API_KEY", "sk-not-a-key")
    boxed.run("--harness-backend=codex", "--harness-runtime=container").assert_outcomes(skipped=2)
    cell = boxed.cells()[0]
    assert cell.fault is Fault.UNAVAILABLE
    assert f"'codex' was not found in the image {IMAGE}" in cell.reason
    assert f"install it in container {IMAGE}: npm install -g @openai/codex" in cell.reason


@pytest.mark.container
@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("Python('x', lambda path: True)", 'python = "python9"'),
        ("Pytest('x', 'a.txt')", 'python = "python9"'),
        ("Command('x', ['nonesuch'])", "'nonesuch' was not found in the image"),
    ],
)
def test_what_a_check_lacks_is_an_error_and_no_score(
    boxed: Project, check: str, reason: str
) -> None:
    (boxed.path / "harness.toml").write_text(TOML + 'python = "python9"\n')
    boxed.write(
        f"""
from pytest_harness import Pytest, Python

@harness_target
def greeting():
    return target(checks=[{check}])

def test_it(greeting):
    pass
"""
    )
    result = boxed.run("--harness-runtime=container")
    result.assert_outcomes(errors=1)
    assert reason in result.stdout.str().replace("\n", " ")


@pytest.mark.container
def test_an_image_that_is_not_there_is_an_error_with_its_remedy(boxed: Project) -> None:
    (boxed.path / "harness.toml").write_text('[runtimes.container]\nimage = "localhost/none:1"\n')
    result = boxed.run("--harness-runtime=container")
    result.assert_outcomes(errors=2)
    assert boxed.cells()[0].fault is Fault.UNSUPPORTED
    assert "podman pull localhost/none:1" in boxed.cells()[0].reason


WRONG: list[tuple[str, str]] = [
    ("[runtimes.container]", 'has no image; name one: image = "python:3.12"'),
    ('[runtimes.container]\nimage = "i"\nengine = "lxc"', "use one of podman, docker"),
    ('[runtimes.container]\nimage = "i"\ncpus = "two"', "is no positive number of processors"),
    ('[runtimes.container]\nimage = "-i"', "is no name"),
    ('[runtimes.container]\nimage = "i"\nengine_args = "--x"', "is no list of texts"),
    ('[runtimes.container]\nimage = "i"\nhome = "."', "unknown key 'home'"),
    ('[runtimes.sandbox]\nengine = "docker"', 'which is mode = "container" here'),
]


@pytest.mark.parametrize(("toml", "sentence"), WRONG)
def test_wrong_settings_are_one_sentence(project: Project, toml: str, sentence: str) -> None:
    (project.path / "harness.toml").write_text(f"{toml}\n")
    mode = "sandbox" if "sandbox" in toml else "container"
    result = project.run(f"--harness-runtime={mode}")
    text = result.stdout.str() + result.stderr.str()
    assert result.ret != 0
    assert sentence in text.replace("\n", " ")
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    assert not project.runs()
