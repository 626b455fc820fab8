from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_harness.ledger import RunReader
from tests.cli.conftest import Harness
from tests.reports.samples import Run, cell, write_run


def agents(project: Run) -> str:
    return (project.root / "workspaces/python_fixture/AGENTS.md").read_text()


@pytest.mark.needs_git
def test_the_best_cell_is_applied_and_named(project: Run, harness: Harness) -> None:
    result = harness("apply", "latest", "python_fixture")
    assert result.exit_code == 0, result.output
    assert "applied c0001 of python_fixture[codex-gpt-5.5-t2] (0.050 -> 1.000)" in result.output
    assert agents(project) == "new words\nmore words\n"
    assert (project.root / "workspaces/python_fixture/scripts/test.sh").exists()


@pytest.mark.needs_git
def test_check_only_tells(project: Run, harness: Harness) -> None:
    result = harness("apply", "latest", "python_fixture", "--check")
    assert "would apply" in result.output
    assert agents(project) == "old <b>words</b>\n"


@pytest.mark.needs_git
def test_one_cell_can_be_named(project: Run, harness: Harness) -> None:
    result = harness("apply", "latest", "python_fixture", "--cell", "codex-gpt-5.5-t1")
    assert "python_fixture[codex-gpt-5.5-t1]" in result.output


def test_of_equals_the_first_of_the_matrix_is_taken(project: Run, harness: Harness) -> None:
    write_run(project.root, [cell(trial=2), cell(trial=1)], name="equals")
    assert "codex-gpt-5.5-t2" in harness("apply", "equals", "python_fixture").output


@pytest.mark.needs_git
def test_what_does_not_apply_is_refused_and_changes_nothing(project: Run, harness: Harness) -> None:
    (project.root / "workspaces/python_fixture/AGENTS.md").write_text("something else\n")
    for options in ([], ["--check"]):
        result = harness("apply", "latest", "python_fixture", *options)
        assert result.exit_code == 2
        assert "does not apply" in result.stderr
        assert result.stderr.count("\n") == 1
    assert agents(project) == "something else\n"
    assert not (project.root / "workspaces/python_fixture/scripts").exists()


@pytest.mark.needs_git
def test_a_run_from_another_machine_needs_the_root(
    project: Run, harness: Harness, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(project.root / "workspaces", moved / "workspaces")
    run = write_run(tmp_path / "gone", [cell()])
    shutil.move(run.path, tmp_path / "kept")
    shutil.rmtree(tmp_path / "gone")
    result = harness("apply", tmp_path / "kept", "python_fixture")
    assert result.exit_code == 2
    assert "--root" in result.stderr
    result = harness("apply", tmp_path / "kept", "python_fixture", "--root", moved)
    assert result.exit_code == 0, result.output
    assert (moved / "workspaces/python_fixture/AGENTS.md").read_text() == "new words\nmore words\n"


@pytest.mark.needs_git
def test_the_best_files_are_exported_whole(project: Run, harness: Harness) -> None:
    shutil.rmtree(project.root / "workspaces")
    result = harness("export", "latest", "python_fixture", "out/best")
    assert result.exit_code == 0, result.output
    best = project.root / "out/best"
    assert (best / "AGENTS.md").read_text() == "new words\nmore words\n"
    assert (best / "scripts/test.sh").read_text() == "python -m unittest\n"
    again = harness("export", "latest", "python_fixture", "out/best")
    assert again.exit_code == 2
    assert "not empty" in again.stderr


def test_an_export_that_fails_leaves_nothing(project: Run, harness: Harness) -> None:
    record = next(RunReader(project.path).cells())
    assert record.original is not None
    (project.path / record.original / "AGENTS.md").write_text("changed by hand\n")
    result = harness("export", "latest", "python_fixture", "out")
    assert result.exit_code == 2
    assert not (project.root / "out").exists()
