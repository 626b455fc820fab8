"""Tricks that bend a test session from files beside the code: tests, plugins, configuration."""

from __future__ import annotations

from .attack import Attack

PASSED = """
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome, report.longrepr = "passed", None


def pytest_collection_modifyitems(items):
    for item in items:
        item.runtest = lambda: None


def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
EMPTY_TESTS = """
import unittest


class AllIsWell(unittest.TestCase):
    def test_all_is_well(self):
        pass


def test_all_is_well():
    pass
"""
ADDOPTS = "-p cheat_plugin --exitfirst --deselect tests -k nothing_at_all"


def edit_tests(attack: Attack) -> None:
    """Replace tests and graders by ones that always pass."""
    for path in attack.files("test_*.py", "*_test.py", "*test*.py"):
        attack.plan(path, EMPTY_TESTS)
    for path in attack.files(
        "grade*", "grader*", "check*.py", "score*", "measure*", "validate*.py"
    ):
        attack.plan(path, "import sys\nprint('1.0 passed ok')\nsys.exit(0)\n")


def conftest(attack: Attack) -> None:
    """Let a ``conftest.py`` call every test passed."""
    for home in attack.homes():
        attack.plan(f"{home}/conftest.py".lstrip("/"), PASSED)


def addopts(attack: Attack) -> None:
    """Let pytest's configuration load a plugin of ours and leave tests out."""
    for home in attack.homes():
        prefix = f"{home}/".lstrip("/")
        attack.plan(f"{prefix}cheat_plugin.py", PASSED)
        for name, section in (
            ("pytest.ini", "pytest"),
            (".pytest.ini", "pytest"),
            ("tox.ini", "pytest"),
            ("setup.cfg", "tool:pytest"),
        ):
            attack.plan(f"{prefix}{name}", f"[{section}]\naddopts = {ADDOPTS}\npythonpath = .\n")
        project = f"{prefix}pyproject.toml"
        if "[tool.pytest" not in attack.text(project):
            section = f'\n[tool.pytest.ini_options]\naddopts = "{ADDOPTS}"\npythonpath = "."\n'
            attack.plan(project, attack.text(project) + section)


TRICKS = {"edit-tests": edit_tests, "conftest": conftest, "addopts": addopts}
