"""A small project with one target, and ways to run it and to read what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness.ledger import RunReader, find_run
from pytest_harness.records import CellRecord

HEADER = """
from pathlib import Path
import pytest
from pytest_harness import (
    Cell, Command, FileContains, Kind, MatrixPoint, Solution, Target, harness_target, xfail,
)

def target(**changes):
    given = dict(
        workspace="ws",
        objective="Greet everyone.",
        checks=[FileContains("greets", "a.txt", ["hello"]), FileContains("all", "a.txt", ["all"])],
        solution="sol",
    )
    return Target(**{**given, **changes})
"""

PLAIN = """
@harness_target
def greeting():
    \"\"\"Say hello.\"\"\"
    return target()

def test_improves(greeting):
    assert greeting.best.score > greeting.baseline.score

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""


@dataclass(frozen=True)
class Project:
    """A project that can be run and read."""

    pytester: pytest.Pytester

    @property
    def path(self) -> Path:
        return self.pytester.path

    def write(self, text: str = PLAIN, name: str = "test_it.py") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + text)
        return path

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest(*arguments)

    def runs(self) -> list[Path]:
        folder = self.path / ".harness" / "runs"
        if not folder.exists():
            return []
        return sorted(p for p in folder.iterdir() if p.is_dir() and not p.is_symlink())

    def reader(self, name: str = "latest") -> RunReader:
        return RunReader(find_run(self.path / ".harness", name))

    def cells(self) -> list[CellRecord]:
        return list(self.reader().cells())


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("HARNESS_BACKEND", "PYTEST_ADDOPTS", "PYTEST_HARNESS_NESTED"):
        monkeypatch.delenv(name, raising=False)
    for folder, text in (("ws", "hello\n"), ("sol", "hello all\n")):
        (pytester.path / folder).mkdir()
        (pytester.path / folder / "a.txt").write_text(text)
    project = Project(pytester)
    project.write()
    return project


@pytest.fixture(params=[(), ("-n2",)], ids=["alone", "n2"])
def mode(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Arguments with which a behaviour must be the same."""
    arguments: tuple[str, ...] = request.param
    return arguments


Refused = Callable[[pytest.RunResult, str], None]


@pytest.fixture
def refused() -> Refused:
    """Assert that a session ended at once with one sentence."""

    def check(result: pytest.RunResult, sentence: str) -> None:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        text = result.stderr.str() + result.stdout.str()
        assert sentence in text
        assert "Traceback" not in text
        assert "INTERNALERROR" not in text

    return check
