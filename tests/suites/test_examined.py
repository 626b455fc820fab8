"""What the oracles say of the suite, and that a project gets no more than the suite from it."""

from __future__ import annotations

import re

import pytest

from pytest_harness.suites import coding

from .conftest import RunSuite

TARGETS = 6


@pytest.mark.slow
def test_golden_reaches_one_and_noop_gains_nothing(run_suite: RunSuite) -> None:
    ran = run_suite("--harness-selfcheck", "-k", "golden or noop", "-n2")
    assert ran.exit == 0, ran.output
    assert f"{2 * TARGETS} passed" in ran.output
    assert {cell.candidates[0].score for cell in ran.cells()} == {0.0}


@pytest.mark.slow
def test_no_trick_gains_anything(run_suite: RunSuite) -> None:
    ran = run_suite("--harness-selfcheck", "-k", "cheat", "-n2")
    assert ran.exit == 0, ran.output
    assert f"{TARGETS} passed" in ran.output


def test_a_fixture_that_is_called_like_a_test_is_collected_as_none(run_suite: RunSuite) -> None:
    ran = run_suite("-q", "--co", more="\ndef test_own():\n    pass\n")
    assert ran.exit == 0, ran.output
    found = re.findall(r"^test_coding\.py::(\w+)", ran.output, re.MULTILINE)
    tests = [name for name in coding.__all__ if f"test_{name}" not in coding.__all__]
    assert sorted(found) == sorted([*tests, "test_own"])


def test_all_that_is_exported_is_a_target_or_its_test() -> None:
    targets = [name for name in coding.__all__ if f"test_{name}" in coding.__all__]
    assert len(targets) == TARGETS
    assert sorted(coding.__all__) == sorted([*targets, *(f"test_{name}" for name in targets)])
