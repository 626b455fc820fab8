"""A project with a run, and the command within it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pytest_harness.cli import main
from pytest_harness.vocabulary import Fault
from tests.reports.samples import NASTY, Run, cell, line_of, write_run

Harness = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The working directory: a workspace, and a run in which two of four cells won."""
    workspace = tmp_path / "workspaces/python_fixture"
    workspace.mkdir(parents=True)
    (workspace / "AGENTS.md").write_text("old <b>words</b>\n")
    cells = [
        cell(trial=1, after=0.5, answer=NASTY),
        cell(trial=2, after=1.0),
        cell(trial=3, fault=Fault.AUTH, reason="the key was refused", cost=None),
        cell(target="python_cli", after=0.05),
    ]
    lost = cell(target="python_cli", backend="pi", model=None)
    tests = [line_of(cells[0], outcome="failed", message=NASTY), line_of(cells[1])]
    monkeypatch.chdir(tmp_path)
    return write_run(tmp_path, cells, tests=tests, unfinished=[lost])


@pytest.fixture
def harness() -> Harness:
    """Calls the command; an error that is not ours comes out."""

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)

    return call
