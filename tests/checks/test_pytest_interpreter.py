"""Which Python runs the tests, and what is said of one that cannot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_harness.checks import CheckContext, Pytest
from pytest_harness.vocabulary import CheckStatus

Project = Callable[..., CheckContext]
FILES = {"tests/test_it.py": "def test_it(): pass\n"}
NEEDY = {"tests/test_it.py": "import made_by_the_candidate\ndef test_it(): pass\n"}


def python(place: Path, *, lines: str = "", options: str = "") -> None:
    """Write an interpreter, as a virtual environment would have one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f'#!/bin/sh\n{lines}\nexec {sys.executable} {options} "$@"\n')
    place.chmod(0o755)


def test_an_interpreter_of_the_workspace_is_used(project: Project) -> None:
    context = project(FILES)
    python(context.workspace / ".venv/bin/python", lines='echo used >> "$TMPDIR/used"')
    assert Pytest("x", interpreter=".venv/bin/python").grade(context).score == 1
    assert Path(context.env["TMPDIR"], "used").read_text() == "used\n"


def test_a_missing_interpreter_of_the_workspace_scores_nothing(project: Project) -> None:
    verdict = Pytest("x", interpreter=".venv/bin/python").grade(project(NEEDY))
    assert verdict.status is CheckStatus.FAILED
    assert "there is no .venv/bin/python" in verdict.reason


def test_what_only_the_candidates_interpreter_can_import_is_collected_with_it(
    project: Project, tmp_path: Path
) -> None:
    context = project(NEEDY)
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "made_by_the_candidate.py").write_text("")
    python(context.workspace / ".venv/bin/python", lines=f"export PYTHONPATH={packages}")
    assert Pytest("x", interpreter=".venv/bin/python").grade(context).score == 1


def test_a_candidate_whose_interpreter_lacks_a_package_scores_nothing(project: Project) -> None:
    context = project(NEEDY)
    python(context.workspace / ".venv/bin/python")
    verdict = Pytest("x", interpreter=".venv/bin/python").grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert "made_by_the_candidate" in verdict.reason


def test_a_candidate_whose_interpreter_has_no_pytest_scores_nothing(project: Project) -> None:
    context = project(FILES)
    python(context.workspace / ".venv/bin/python", options="-S -E")
    verdict = Pytest("x", interpreter=".venv/bin/python").grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert "has no pytest" in verdict.reason


def test_an_original_whose_interpreter_has_no_pytest_is_an_error(project: Project) -> None:
    context = project(FILES)
    for root in (context.original, context.workspace):
        python(root / ".venv/bin/python", options="-S -E")
    verdict = Pytest("x", interpreter=".venv/bin/python").grade(context)
    assert verdict.status is CheckStatus.ERROR
    assert "has no pytest" in verdict.reason


@pytest.mark.parametrize("name", ["/nowhere/python", "/bin/true"])
def test_an_absolute_interpreter_that_does_not_work_is_an_error(
    project: Project, name: str
) -> None:
    verdict = Pytest("x", interpreter=name).grade(project(FILES))
    assert verdict.status is CheckStatus.ERROR
    assert name in verdict.reason
