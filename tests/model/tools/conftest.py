"""A workspace, and a short way to call tools in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.model.conversation import Call
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.toolbox import Toolbox
from pytest_harness.runtime import ProcessResult, ProcessSpec, Runner, Supervisor
from pytest_harness.runtime.process import LineSeen
from pytest_harness.vocabulary import Tool

UNGUESSED = "unguessed-4711"
"""Name of a file outside that is seen by listing alone."""
OUTSIDE = ("secret.txt", UNGUESSED)


class NoRunner:
    """Starts nothing: file tools have no need of it."""

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        raise AssertionError(f"{spec.argv} was run")


class Bench:
    """A workspace beside files that nobody may see."""

    def __init__(self, root: Path, runner: Runner) -> None:
        self.workspace = root.resolve() / "work"
        self.workspace.mkdir()
        self.outside = root.resolve() / "outside"
        self.outside.mkdir()
        for name in OUTSIDE:
            (self.outside / name).write_text("the secret\n")
        self.runner = runner
        self.seconds = 60.0

    def toolbox(
        self,
        *,
        offered: Sequence[Tool] = tuple(Tool),
        commands: Sequence[str] = ("python", "ls", "sh"),
        environment: dict[str, str] | None = None,
        command_timeout: float = 50.0,
        host_programs: bool = True,
    ) -> Toolbox:
        """Return a toolbox of the workspace."""
        return Toolbox(
            self.workspace,
            offered,
            self.runner,
            {"PATH": os.environ["PATH"], **(environment or {})},
            commands,
            command_timeout,
            ("__pycache__/", "*.pyc"),
            lambda: self.seconds,
            host_programs=host_programs,
        )

    def call(self, name: str, **arguments: Any) -> Outcome:
        """Call a tool."""
        outcome = self.toolbox().execute(Call(name=name, arguments=arguments, id="1"))
        assert not outcome.refused or outcome.failed
        return outcome

    def put(self, path: str, data: bytes | str = "") -> Path:
        """Make a file."""
        place = self.workspace / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        return place

    def entries(self) -> list[str]:
        """Return all that lies at the top of the workspace."""
        return sorted(path.name for path in self.workspace.iterdir())

    def untouched(self) -> bool:
        """Say whether what lies outside is as it was."""
        found = {path.name: path.read_text() for path in self.outside.iterdir()}
        beside = {path.name for path in self.outside.parent.iterdir()}
        return found == dict.fromkeys(OUTSIDE, "the secret\n") and beside == {"work", "outside"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A workspace where nothing can be run; what lies outside must stay as it is."""
    made = Bench(tmp_path, NoRunner())
    yield made
    assert made.untouched()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Bench]:
    """A workspace where commands run."""
    with Supervisor() as supervisor:
        made = Bench(tmp_path, supervisor)
        yield made
        assert supervisor.sweep() == 0
    assert made.untouched()
