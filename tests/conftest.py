"""What holds for all tests."""

from __future__ import annotations

import shutil

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot be shown without git, so that the suite needs nothing but Python."""
    if item.get_closest_marker("needs_git") and shutil.which("git") is None:
        pytest.skip("git is missing; install it to run this test too")
