"""What holds for all tests."""

from __future__ import annotations

import importlib
import shutil

import pytest

LOADED = (
    "backends.codex.cli",
    "backends.fake",
    "backends.scripted",
    "cli",
    "collection",
    "crash",
    "fixture",
    "hidden_reports",
    "leftovers",
    "looking_back",
    "model.grading",
    "model.making",
    "model.proposing",
    "notices",
    "recording",
    "reports.evidence",
    "reports.html",
    "reports.terminal",
    "run_record",
    "runtime.plain",
    "script",
    "session_plugin",
)
for _name in LOADED:
    # pytester forgets what its inner sessions import: two copies of a module would know different
    # stash keys, so all are here before the first.
    importlib.import_module(f"pytest_harness.{_name}")
# The plugin of hypothesis imports it in every session, each time anew unless it is here.
importlib.import_module("hypothesis")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot be shown without git, so that the suite needs nothing but Python."""
    if item.get_closest_marker("needs_git") and shutil.which("git") is None:
        pytest.skip("git is missing; install it to run this test too")
