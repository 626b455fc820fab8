from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_harness.records import CellRecord

from .conftest import Ran, RunExample

BASELINES = {
    "python_fixture": "1/20",
    "python_cli": "1/22",
    "ticket_router": "3/4",
    "oss_smoke": "1/5",
    "oss_medium": "1/16",
    "incident": "1/7",
    "cli_help_flag": "0",
    "docs_symbol_rename": "0",
    "no_tool_diagnosis": "0",
    "python_add": "0",
    "read_only_audit": "0",
    "test_output_first": "0",
}


@pytest.fixture(scope="module")
def ran(run_example: RunExample, example_copy: Callable[[], Path]) -> Ran:
    return run_example(example_copy(), "-n", "2")


def checks_of(cell: CellRecord) -> int:
    evaluation = cell.candidates[0].evaluation
    assert evaluation is not None
    return len(evaluation.checks)


def test_every_test_passes(ran: Ran) -> None:
    assert ran.exit == 0, ran.output
    assert "22 passed" in ran.output


@pytest.mark.parametrize("target", BASELINES)
def test_each_target_goes_from_its_baseline_to_one(ran: Ran, target: str) -> None:
    assert ran.scores(target) == [BASELINES[target], "1"]
    best = ran.cell(target).candidate("c0001")
    assert best is not None
    assert best.score == 1.0


def test_variants_are_told_apart(ran: Ran) -> None:
    assert ran.scores("command_policy", "lenient")[0] == "5/8"
    assert ran.scores("command_policy", "strict")[0] == "15/16"


def test_the_two_large_targets_have_as_many_checks_as_published(ran: Ran) -> None:
    assert checks_of(ran.cell("python_fixture")) == 9
    assert checks_of(ran.cell("python_cli")) == 11


def test_nothing_else_ran(ran: Ran) -> None:
    assert sorted({cell.target for cell in ran.cells}) == sorted([*BASELINES, "command_policy"])
    assert len(ran.cells) == 14
