"""A run to report about."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.vocabulary import Fault
from tests.reports.samples import NASTY, Run, cell, line_of, write_run


@pytest.fixture
def sample(tmp_path: Path) -> Run:
    """Three trials of codex, one of them at fault, a worse backend, and a cell left unfinished."""
    cells = [
        cell(trial=1, answer=NASTY),
        cell(trial=2, after=0.5),
        cell(trial=3, fault=Fault.AUTH, reason="the key was refused", cost=None),
        cell(backend="pi", model=None, after=0.05, cost=None),
        cell(target="python_cli", after=0.9),
    ]
    lost = cell(target="python_cli", backend="pi", model=None, worker="gw3")
    tests = [
        line_of(cells[0]),
        line_of(cells[0], "test_improves", "xpassed"),
        line_of(cells[1], outcome="failed", message=NASTY, longrepr=f"assert 0.5 == 1.0\n{NASTY}"),
        line_of(cells[2], outcome="error", message="the key was refused"),
        line_of(cells[3], outcome="xfailed", message="known"),
        line_of(cells[4], "test_cli", outcome="skipped", message="over the cap"),
    ]
    return write_run(tmp_path, cells, tests=tests, unfinished=[lost])
