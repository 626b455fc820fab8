from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cloudpickle  # type: ignore[import-untyped]
import pytest

from pytest_harness.checks import CheckContext, Python, Verdict
from pytest_harness.checks.inner_python import describe
from pytest_harness.checks.python_call import _verdict
from pytest_harness.errors import TargetError
from pytest_harness.vocabulary import CheckStatus

from .conftest import Write

EXPECTED = "hello"


def helper(workspace: Path) -> str:
    return (workspace / "greeting").read_text()


def greets(workspace: Path) -> bool:
    return helper(workspace) == EXPECTED


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (None, Fraction(1)),
        (True, Fraction(1)),
        (False, Fraction(0)),
        (0.1, Fraction(1, 10)),
        (1, Fraction(1)),
        (Fraction(1, 3), Fraction(1, 3)),
        ("too slow", Fraction(0)),
        ("", Fraction(0)),
        (1.5, None),
        (-1, None),
        (math.nan, None),
        (math.inf, None),
        (["a"], None),
    ],
)
def test_what_a_callable_may_return(value: object, score: Fraction | None) -> None:
    verdict = _verdict(describe(value), "")
    assert verdict.score == score
    assert (verdict.status is CheckStatus.ERROR) == (score is None)
    if value == "too slow":
        assert verdict.reason == "too slow"


def test_a_function_of_a_test_module_runs_with_all_it_uses(
    context: CheckContext, write: Write
) -> None:
    write(context.workspace, {"greeting": "hello"})
    assert Python("x", greets).grade(context).score == 1
    write(context.workspace, {"greeting": "bye"})
    assert Python("x", greets).grade(context).score == 0
    assert not cloudpickle.list_registry_pickle_by_value()


def test_a_closure_runs_in_another_process(context: CheckContext) -> None:
    parent = os.getpid()

    def elsewhere(workspace: Path) -> Fraction:
        assert os.getpid() != parent
        assert Path.cwd() == workspace
        return Fraction(2, 3)

    assert Python("x", elsewhere).grade(context).score == Fraction(2, 3)


def exits(workspace: Path) -> None:
    sys.exit(0)


def test_an_exception_leaves_no_marks_and_is_quoted(context: CheckContext) -> None:
    verdict = Python("x", lambda workspace: 1 / 0).grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert verdict.reason == "ZeroDivisionError: division by zero"
    assert "Traceback" in verdict.tail
    assert Python("x", exits).grade(context).reason.startswith("SystemExit")


def stops(workspace: Path) -> None:
    os._exit(0)


def test_ending_the_process_with_success_is_no_answer(context: CheckContext) -> None:
    verdict = Python("x", stops).grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert "did not finish" in verdict.reason


def sleeps(workspace: Path) -> None:
    time.sleep(60)


def test_running_out_of_time_is_no_score(context: CheckContext) -> None:
    verdict: Verdict = Python("x", sleeps, timeout=1.0).grade(context)
    assert verdict.status is CheckStatus.TIMEOUT


def test_the_workspace_cannot_take_the_place_of_modules(
    context: CheckContext, write: Write
) -> None:
    write(context.workspace, {"cloudpickle.py": "import os; os._exit(0)", "json.py": "1 / 0"})
    assert Python("x", lambda workspace: True).grade(context).score == 1


def test_what_cannot_be_sent_is_said(context: CheckContext) -> None:
    lock = threading.Lock()
    held: Callable[[Path], bool] = lambda workspace: lock.acquire()  # noqa: E731
    with pytest.raises(TargetError, match="plain values"):
        Python("x", held).grade(context)


def test_a_wrong_declaration_is_said() -> None:
    assert "no callable" in (Python("x").problem() or "")
    assert Python("x", greets).problem() is None
