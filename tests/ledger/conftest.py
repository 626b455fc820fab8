"""What every test of the ledger starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.ledger import harness_folder, run_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return harness_folder(tmp_path)


@pytest.fixture
def run(folder: Path) -> Path:
    """A run that does not exist yet."""
    return run_path(folder, "first")
