"""``--harness-backend``."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, Refused


def test_the_default_is_fake_and_says_so(project: Project, mode: tuple[str, ...]) -> None:
    result = project.run(*mode)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*no backend was named*fake*", "ledger: *ledger.jsonl"])
    (cell,) = project.cells()
    assert (cell.point.backend, cell.outcome) == ("fake", "keep")
    assert [c.score for c in cell.candidates] == [0.5, 1.0]


def test_every_backend_is_a_test(project: Project) -> None:
    result = project.run("--harness-backend=fake,noop", "-v")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*test_solves?fake-t1? PASSED*", "*test_solves?noop-t1? FAILED*"])
    assert "no backend was named" not in result.stdout.str()


def test_a_failure_shows_the_checks(project: Project) -> None:
    result = project.run("--harness-backend=noop")
    result.stdout.fnmatch_lines(
        [
            "*checks of greeting?noop-t1? c0000: baseline*",
            "*all * failed *",
            "*changes of greeting?noop-t1? c0001: no-change*",
        ]
    )


def test_an_unknown_backend_is_refused(
    project: Project, mode: tuple[str, ...], refused: Refused
) -> None:
    refused(project.run("--harness-backend=codx", *mode), "did you mean 'codex'?")
    assert project.runs() == []


def test_an_empty_one_is_refused(project: Project, refused: Refused) -> None:
    refused(project.run("--harness-backend="), "--harness-backend: it is empty")


def test_the_variable_stands_below_the_option(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_BACKEND", "noop")
    project.run().assert_outcomes(failed=2)
    project.run("--harness-backend=fake").assert_outcomes(passed=2)


def test_the_decorator_stands_between_variable_and_ini(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.path / "pytest.ini").write_text("[pytest]\nharness_backend = noop\n")
    project.run().assert_outcomes(failed=2)
    project.write(
        """
@harness_target(backend="fake")
def greeting():
    return target()

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""
    )
    project.run().assert_outcomes(passed=1)
    monkeypatch.setenv("HARNESS_BACKEND", "noop")
    project.run().assert_outcomes(failed=1)


def test_only_and_exclude_are_never_overridden(project: Project) -> None:
    project.write(
        """
@harness_target(only="fake", exclude={"trial": "2"})
def greeting():
    return target()

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""
    )
    project.run("--harness-backend=fake,noop", "--harness-trials=2").assert_outcomes(passed=1)
    result = project.run("--harness-backend=noop", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*constraints of target 'greeting' leave no cell for noop*"])


def test_a_target_without_solution_is_skipped_under_fake(project: Project) -> None:
    project.write(
        """
@harness_target
def greeting():
    return target(solution=None)

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""
    )
    result = project.run("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*has no solution for the backend 'fake'*"])


def test_a_missing_program_is_a_skip_or_an_error(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = project.run("--harness-backend=codex")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["Codex was not found (codex); *"])
    assert [cell.fault for cell in project.cells()] == ["unavailable"]
    result = project.run("--harness-backend=codex", "--harness-fail-unavailable")
    result.assert_outcomes(errors=2)
