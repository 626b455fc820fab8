"""A workspace, its original, and the context that a check is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.checks import CheckContext
from pytest_harness.runtime.process import Runner
from pytest_harness.runtime.supervisor import Supervisor


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    with Supervisor() as supervisor:
        yield supervisor


Write = Callable[[Path, dict[str, str]], Path]


@pytest.fixture
def write() -> Write:
    """Write files below a directory."""

    def write_files(root: Path, files: dict[str, str]) -> Path:
        for name, text in files.items():
            place = root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return root

    return write_files


@pytest.fixture
def context(tmp_path: Path, runner: Runner) -> CheckContext:
    """An empty workspace with an empty original."""
    for name in ("work", "original", "scratch", "home", "tmp"):
        (tmp_path / name).mkdir()
    return CheckContext(
        workspace=tmp_path / "work",
        original=tmp_path / "original",
        runner=runner,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "TMPDIR": str(tmp_path / "tmp"),
            "LANG": "C.UTF-8",
        },
        scratch=tmp_path / "scratch",
    )


@pytest.fixture
def project(context: CheckContext, write: Write) -> Callable[..., CheckContext]:
    """Write the same files to the original and the workspace."""

    def start(files: dict[str, str], **changes: Any) -> CheckContext:
        write(context.original, files)
        write(context.workspace, files)
        return replace(context, **changes)

    return start
