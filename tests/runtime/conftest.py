"""A supervisor, and a short way to describe processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_harness.runtime import ProcessSpec, Supervisor


class Specs:
    """Makes process descriptions that run in one directory."""

    def __init__(self, directory: Path) -> None:
        self.plain = ProcessSpec(
            argv=(), cwd=directory, env={"PATH": os.environ["PATH"]}, timeout=60.0, grace=1.0
        )

    def program(self, *argv: str, **fields: object) -> ProcessSpec:
        """Describe a program and its arguments."""
        return replace(self.plain, argv=argv, **fields)  # type: ignore[arg-type]

    def shell(self, script: str, **fields: object) -> ProcessSpec:
        """Describe a shell script."""
        return self.program("sh", "-c", script, **fields)

    def python(self, script: str, **fields: object) -> ProcessSpec:
        """Describe a Python script."""
        return self.program(sys.executable, "-I", "-S", "-c", script, **fields)


@pytest.fixture
def specs(tmp_path: Path) -> Specs:
    """Process descriptions that run in the test's own directory."""
    return Specs(tmp_path)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """A supervisor that must have nothing left to sweep when the test ends."""
    with Supervisor() as made:
        yield made
        assert made.sweep() == 0
