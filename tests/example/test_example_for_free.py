"""The example's scripts, followed by real programs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.programs import MODULES, REAL, need

from .conftest import Ran, RunExample

CLAUDE = next(real for real in REAL if real.name == "claude-cli")


def run_script(
    run_example: RunExample, example_copy: Callable[[], Path], script: str, *arguments: str
) -> Ran:
    backend = f"--harness-backend=claude@scripted:scripted/{script}"
    return run_example(example_copy(), "--harness-target=oss_smoke", backend, "-rs", *arguments)


def test_without_the_program_it_is_skipped_with_the_remedy(
    run_example: RunExample, example_copy: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    ran = run_script(run_example, example_copy, "oss_smoke.yaml")
    assert ran.exit == 0, ran.output
    assert "2 skipped" in ran.output
    assert "Claude Code was not found (claude); npm install -g" in ran.output


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("script", "scores"),
    [("oss_smoke.yaml", ["1/5", "1"]), ("oss_smoke_rounds", ["1/5", "2/5", "1"])],
)
def test_with_it_the_target_is_solved_for_free(
    run_example: RunExample,
    example_copy: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    scores: list[str],
) -> None:
    need(CLAUDE)
    monkeypatch.setenv("PATH", f"{MODULES / '.bin'}{os.pathsep}{os.environ['PATH']}")
    budget = f"--harness-budget={len(scores) - 1}"
    ran = run_script(run_example, example_copy, script, budget)
    assert ran.exit == 0, ran.output
    assert ran.scores("oss_smoke") == scores
    assert ran.cell("oss_smoke").spending.total.cost_usd == 0
