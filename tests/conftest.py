"""What holds for all tests."""

from __future__ import annotations

import importlib
import shutil

import pytest

LOADED = (
    "backends.codex.cli",
    "backends.scripted",
    "cli",
    "collection",
    "crash",
    "reports.html",
    "reports.terminal",
    "run_record",
    "script",
    "session_plugin",
)
for _name in LOADED:
    # pytester forgets what its inner sessions import: two copies of a module would know different
    # stash keys, so all are here before the first.
    importlib.import_module(f"pytest_harness.{_name}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot be shown without git, so that the suite needs nothing but Python."""
    if item.get_closest_marker("needs_git") and shutil.which("git") is None:
        pytest.skip("git is missing; install it to run this test too")
