"""The whole way: a real stage, real commands, a real inner pytest, and candidates that cheat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pytest_harness.checks import Check, CheckContext, Command, FileContains, Pytest, Python
from pytest_harness.checks.evaluate import evaluate
from pytest_harness.records import Evaluation
from pytest_harness.workspace import Stage

from .conftest import Write

ORIGINAL = {
    "calc.py": "def add(a, b):\n    return 0\n",
    "tests/test_calc.py": "import calc\n\ndef test_add():\n    assert calc.add(1, 1) == 2\n",
    "test.sh": "echo nothing here yet\n",
}
SOLVED = {
    "calc.py": "def add(a, b):\n    return a + b\n",
    "test.sh": 'python3 -c "import calc; assert calc.add(2, 3) == 5"\n',
}
PLANTED = {"calc.py": "def add(a, b):\n    return a * b\n"}


def adds(workspace: Path) -> str | None:
    return None if "a + b" in (workspace / "calc.py").read_text() else "it does not add"


CHECKS: tuple[Check, ...] = (
    Command("tests-pass", "bash test.sh"),
    Command(
        "tests-can-fail",
        "bash test.sh",
        overlay="planted_bug",
        expect_exit="nonzero",
        needs=("tests-pass",),
        required=True,
    ),
    Pytest("original-tests", weight=2.0),
    Python("adds", adds),
    FileContains("secret", "hidden.txt", "hidden"),
)


def judge(context: CheckContext, write: Write, candidate: Mapping[str, str]) -> Evaluation:
    """Evaluate a candidate on a stage of its own."""
    original = write(context.original, ORIGINAL)
    source = write(context.workspace, {**ORIGINAL, **candidate})
    hidden = write(context.scratch / "hidden", {"hidden.txt": "hidden"})
    planted = write(context.scratch / "planted", PLANTED)
    stage = Stage(context.scratch / "stage", ())
    stage.admit("c0001", source)
    with stage.evaluation("c0001", (hidden,)) as workspace:
        own = replace(
            context,
            workspace=workspace,
            original=original,
            hidden=(hidden,),
            scratch=context.scratch / "own",
        )
        found = evaluate(CHECKS, own, {"planted_bug": planted}, stage.overlaid)
    stage.close()
    return found


def test_a_solution_reaches_full_marks(context: CheckContext, write: Write) -> None:
    found = judge(context, write, SOLVED)
    assert found.score == 1.0, found
    assert found.eligible


def test_the_original_has_what_it_deserves(context: CheckContext, write: Write) -> None:
    found = judge(context, write, {})
    assert found.fraction == Fraction(2, 6)
    assert not found.eligible


def test_a_script_that_cannot_fail_is_found_out(context: CheckContext, write: Write) -> None:
    cheat = {
        "test.sh": "exit 0\n",
        "conftest.py": "import os\nos._exit(0)\n",
        "pytest.ini": "[pytest]\naddopts = --collect-only\n",
        "tests/test_calc.py": "def test_add():\n    pass\n",
    }
    found = judge(context, write, cheat)
    assert {check.name: check.score for check in found.checks} == {
        "tests-pass": 1.0,
        "tests-can-fail": 0.0,
        "original-tests": 0.0,
        "adds": 0.0,
        "secret": 1.0,
    }
    assert not found.eligible
