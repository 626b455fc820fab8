"""A copy of the example project, run by a pytest of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness.ledger import RunReader, find_run
from pytest_harness.records import CellRecord

EXAMPLE = Path(__file__).parents[2] / "example_project"

MADE_BY_RUNS = shutil.ignore_patterns(".harness", "__pycache__", ".pytest_cache")


@dataclass(frozen=True)
class Ran:
    """A finished session of the example's own pytest."""

    exit: int
    output: str
    cells: tuple[CellRecord, ...]

    def cell(self, target: str, variant: str | None = None) -> CellRecord:
        """Return the only cell of a target."""
        (found,) = (
            cell for cell in self.cells if (cell.target, cell.point.variant) == (target, variant)
        )
        return found

    def scores(self, target: str, variant: str | None = None) -> list[str | None]:
        """Return the exact scores of baseline and proposals; ``None`` if not evaluated."""
        return [
            None if candidate.evaluation is None else candidate.evaluation.exact
            for candidate in self.cell(target, variant).candidates
        ]


RunExample = Callable[..., Ran]


@pytest.fixture(scope="session")
def example_copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that copies the example project."""

    def copy() -> Path:
        folder = tmp_path_factory.mktemp("example") / "project"
        shutil.copytree(EXAMPLE, folder, ignore=MADE_BY_RUNS, symlinks=True)
        return folder

    return copy


@pytest.fixture(scope="session")
def run_example(tmp_path_factory: pytest.TempPathFactory) -> RunExample:
    """Return a function that runs pytest in a copy of the example project."""

    def run(folder: Path, *arguments: str) -> Ran:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "HARNESS_", "COV_"))
        }
        temporary = tmp_path_factory.mktemp("temporary")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"--basetemp={temporary / 'base'}", *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        reader = RunReader(find_run(folder / ".harness", "latest"))
        return Ran(done.returncode, done.stdout, tuple(reader.cells()))

    return run
