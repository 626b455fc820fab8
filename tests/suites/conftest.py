"""A project of one line, run by a pytest of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness.ledger import RunReader, find_run
from pytest_harness.records import CellRecord

LINE = "from pytest_harness.suites.coding import *\n"
MOCK = ("--harness-backend=model", "--harness-model=mock:mock", "--harness-format=native,text")


@dataclass(frozen=True)
class Ran:
    """A finished session."""

    exit: int
    output: str
    folder: Path
    """The project's folder of runs."""
    temporary: Path
    """Where it staged its cells."""

    @property
    def run(self) -> Path:
        """The run's directory."""
        return find_run(self.folder, "latest")

    def cells(self) -> tuple[CellRecord, ...]:
        """Read the records."""
        return tuple(RunReader(self.run).cells())


RunSuite = Callable[..., Ran]


@pytest.fixture(scope="session")
def run_suite(tmp_path_factory: pytest.TempPathFactory) -> RunSuite:
    """Return a function that runs pytest in a fresh project that holds the suite."""

    def run(*arguments: str, more: str = "", scripts: Mapping[str, object] | None = None) -> Ran:
        project = tmp_path_factory.mktemp("suite")
        (project / "pytest.ini").write_text("[pytest]\n")
        (project / "test_coding.py").write_text(LINE + more)
        for name, steps in (scripts or {}).items():
            (project / name).write_text(json.dumps(steps))
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "HARNESS_", "COV_"))
        }
        own = Path(sys.executable).parent
        environment["PATH"] = os.pathsep.join([str(own), environment.get("PATH", os.defpath)])
        temporary = project / "temporary"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"--basetemp={temporary}", *arguments],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        return Ran(done.returncode, done.stdout, project / ".harness", temporary)

    return run
