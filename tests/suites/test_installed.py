"""The suite as it lies in an installation, where all sources are compiled."""

from __future__ import annotations

import compileall
import shutil
from pathlib import Path

from pytest_harness.backends.fake import FakeBackend
from pytest_harness.checks import Command
from pytest_harness.fingerprint import baseline_parts, cell_parts
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.suites import coding
from pytest_harness.target import Target
from pytest_harness.vocabulary import RuntimeMode

DATA = Path(coding.__file__).parent / "data"


def parts(data: Path) -> tuple[object, object]:
    """Return what the fingerprints of a cell like `python_add` are made of."""
    target = Target(
        workspace="workspaces/python_add",
        objective="Correct it.",
        checks=[Command("passes", "true", overlay="hidden")],
        overlays={"hidden": "hidden/python_add"},
        hidden="hidden/python_add",
        solution="solutions/python_add",
    ).resolve("python_add", data)
    runtime = PlainRuntime(RuntimeSettings(mode=RuntimeMode.HOST))
    return baseline_parts(target, runtime), cell_parts(target, FakeBackend(), None, {}, {})


def test_compiled_files_are_no_part_of_a_fingerprint(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__"))
    before = parts(tmp_path / "data")
    assert compileall.compile_dir(tmp_path / "data", quiet=1)
    assert list((tmp_path / "data" / "hidden" / "python_add").glob("__pycache__/*"))
    assert parts(tmp_path / "data") == before
