"""What collection does, and what it refuses."""

from __future__ import annotations

import subprocess

import pytest

from pytest_harness.runtime import Supervisor
from tests.plugin.conftest import Project


def test_collecting_starts_no_process_and_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(Supervisor, "run", refuse)
    result = project.run("--co", "-q", "--harness-trials=500")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["1000 tests collected*"])
    assert not (project.path / ".harness").exists()


def test_the_docstring_is_shown(project: Project) -> None:
    project.run("--fixtures").stdout.fnmatch_lines(["greeting -- *", "*Say hello.*"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "@harness_target\nasync def greeting():\n    return target()\n"
            "def test_it(greeting): pass\n",
            "target 'greeting' is declared with 'async def'",
        ),
        (
            "@harness_target\ndef one():\n    return target()\n"
            "@harness_target\ndef two():\n    return target()\n"
            "def test_it(one, two): pass\n",
            "asks for the targets 'one' and 'two'",
        ),
        (
            "@harness_target\ndef one():\n    return target()\n"
            "@harness_target\ndef one():\n    return target()\n"
            "def test_it(one): pass\n",
            "target 'one' is defined twice in one scope",
        ),
        (
            "@harness_target(trials=0)\ndef one():\n    return target()\ndef test_it(one): pass\n",
            "target 'one': trials=: '0' is no number from 1 on",
        ),
        (
            "@harness_target(backend='nobody')\ndef one():\n    return target()\n"
            "def test_it(one): pass\n",
            "backend 'nobody' is unknown",
        ),
        (
            "@harness_target(exclude={'colour': 'red'})\ndef one():\n    return target()\n"
            "def test_it(one): pass\n",
            "'colour' is no axis",
        ),
    ],
)
def test_mistakes_are_one_sentence(
    project: Project, mode: tuple[str, ...], text: str, sentence: str
) -> None:
    project.write(text)
    result = project.run(*mode)
    assert result.ret in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED}
    assert sentence in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert not (project.path / ".harness").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("return target(checks=[])", "target 'greeting' has no checks"),
        ("return target(workspace='gone')", "names a workspace that is no directory"),
        ("return target(solution='gone')", "names a solution that does not exist"),
        ("return target(writable=['../x'])", "has a write scope that leaves the workspace"),
        ("return target(objective=' ')", "has no objective"),
        ("return target(checks=[FileContains('a', 'b', ['c'], weight=0)])", "the weight 0"),
        ("return target(kind='game')", "has kind 'game'; use 'optimize' or 'task'"),
        ("return 3", "gave int, not a Target"),
    ],
)
def test_a_wrong_target_is_an_error_of_one_sentence(
    project: Project, text: str, sentence: str
) -> None:
    project.write(f"@harness_target\ndef greeting():\n    {text}\ndef test_it(greeting): pass\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    assert sentence in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert project.cells() == []


def test_targets_are_overridden_as_fixtures_are(project: Project) -> None:
    project.write(
        """
@harness_target
def greeting():
    return target()

class TestOther:
    @harness_target
    def greeting(self):
        return target(checks=[FileContains("only", "a.txt", ["hello"])])

    def test_starts_at_full_marks(self, greeting):
        assert greeting.baseline.score == 1.0

def test_starts_at_half(greeting):
    assert greeting.baseline.score == 0.5

class TestWrapped:
    @pytest.fixture
    def greeting(self, greeting):
        return greeting.best.score

    def test_sees_the_wrapper(self, greeting):
        assert greeting == 1.0
"""
    )
    project.run().assert_outcomes(passed=3)
    assert len({cell.key for cell in project.cells()}) == 2


def test_a_target_may_take_fixtures_and_yield(project: Project) -> None:
    project.write(
        """
@pytest.fixture(params=["hello", "all"])
def word(request):
    return request.param

@harness_target
def greeting(word, tmp_path):
    yield target(checks=[FileContains("word", "a.txt", [word])])
    Path("torn-down").touch()

def test_first(greeting):
    assert greeting.best.score == 1.0

def test_second(greeting):
    assert greeting.best.score == 1.0
"""
    )
    project.run().assert_outcomes(passed=4)
    assert (project.path / "torn-down").exists()
    assert sorted(cell.directory for cell in project.cells()) == [
        "fake-t1--word-all-" + project.cells()[0].directory[-6:]
        if "word-all" in project.cells()[0].directory
        else project.cells()[1].directory,
        project.cells()[0].directory
        if "word-hello" in project.cells()[0].directory
        else project.cells()[1].directory,
    ]


def test_setup_only_runs_no_cell(project: Project) -> None:
    result = project.run("--setup-only")
    assert result.ret == 0
    assert project.runs() == []


def test_setup_show_is_short(project: Project) -> None:
    result = project.run("--setup-show")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*SETUP    F greeting?<greeting fake-t1>?*"])


def test_without_the_plugin_its_options_are_unknown(project: Project) -> None:
    result = project.pytester.runpytest_subprocess("-p", "no:harness")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "not a Cell" in result.stdout.str() or "error" in result.stdout.str()


@pytest.mark.parametrize("plugin", ["no:xdist", "no:html", "no:terminal", "no:junitxml"])
def test_it_works_without_other_plugins(project: Project, plugin: str) -> None:
    assert project.run("-p", plugin).ret == 0
    assert [cell.outcome for cell in project.cells()] == ["keep"]
