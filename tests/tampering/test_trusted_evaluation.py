"""An evaluation sees what the diff shows, and the original's protected files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness import Command
from pytest_harness.records import CellRecord
from pytest_harness.vocabulary import Outcome

from .conftest import Attack

RUN = [Command("runs", "bash run.sh")]
NEVER = Command("never", "false")
"""Keeps the baseline from full marks, so that there is a proposal."""


def first(record: CellRecord) -> float:
    """Return the score of the first check of the proposal."""
    evaluation = record.candidates[1].evaluation
    assert evaluation is not None, record.candidates[1].reason
    assert evaluation.checks[0].score is not None
    return evaluation.checks[0].score


def test_protected_files_are_the_originals(attack: Attack) -> None:
    script = "echo exit 0 > run.sh"
    assert attack(script, checks=RUN).outcome is Outcome.KEEP
    record = attack(script, checks=RUN, protected=["run.sh"])
    assert record.outcome is Outcome.DISCARD
    assert record.candidates[1].score == 0.0
    assert [change.path for change in record.candidates[1].changes] == ["run.sh"]


@pytest.mark.parametrize(
    "script",
    [
        "rm -r tests; ln -s other tests; mkdir other",
        "rm -r tests; echo file > tests",
        "rm tests/test_a.py; mkdir tests/test_a.py",
        "chmod 000 tests/test_a.py; chmod 500 tests",
        "rm -r tests",
        "echo 'import os' > tests/conftest.py; mkdir tests/sub; echo x > tests/sub/x",
    ],
)
def test_a_protected_directory_is_whole_whatever_was_done_to_it(
    attack: Attack, script: str
) -> None:
    look = 'test "$(find tests | sort | tr "\\n" " ")" = "tests tests/test_a.py " && cat tests/*'
    checks = [Command("whole", look, expect_output="assert True"), NEVER]
    record = attack(f"{script}; echo new > b.txt", checks=checks, protected=["tests"])
    assert first(record) == 1.0


def test_what_tools_made_is_not_the_proposals(attack: Attack, project: Path) -> None:
    (project / "ws/venv").mkdir()
    (project / "ws/venv/tool").write_text("original\n")
    checks = [Command("forged", "grep -q forged .venv/tool venv/tool"), NEVER]
    forge = "mkdir .venv; echo forged > .venv/tool; echo forged > venv/tool; echo b > b.txt"
    assert first(attack(forge, checks=checks)) == 0.0
    assert first(attack(forge, checks=checks, keep_ignored=True)) == 1.0
    original = [Command("kept", "grep -q original venv/tool"), NEVER]
    assert first(attack("rm -r venv; echo b > b.txt", checks=original)) == 1.0


def test_a_later_proposal_still_finds_what_tools_made(attack: Attack) -> None:
    script = "test -d .venv && echo found > c.txt; mkdir -p .venv; echo exit 0 > run.sh"
    record = attack(script, budget=2, checks=[*RUN, NEVER])
    assert record.candidates[1].ignored == (".venv",)
    assert [change.path for change in record.candidates[2].changes] == ["c.txt"]
