from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pytest_harness.checks import CheckContext
from pytest_harness.records import ToolCall
from pytest_harness.runtime import Supervisor
from pytest_harness.suites.coding.run_edit_run import RunEditRun

CHECK = RunEditRun("order")


def share(tmp_path: Path, calls: tuple[ToolCall, ...] | None) -> Fraction | None:
    context = CheckContext(
        workspace=tmp_path,
        original=tmp_path,
        tool_calls=calls,
        runner=Supervisor(),
        env={},
        scratch=tmp_path,
    )
    return CHECK.grade(context).score


def calls(*given: str) -> tuple[ToolCall, ...]:
    """Make calls of words such as ``run_command:python3 test_a.py``."""
    parts = (each.partition(":") for each in given)
    return tuple(ToolCall(name=name, summary=summary) for name, _, summary in parts)


RUN = "run_command:python3 test_middle.py"


@pytest.mark.parametrize(
    "given",
    [
        (RUN, "replace_text:middle.py", RUN),
        (RUN, "write_file:middle.py", RUN),
        ("read_file:a", RUN, "read_file:a", RUN, "replace_text:a", "list_directory:.", RUN),
        (RUN, "replace_text:a", "replace_text:b", RUN, "replace_text:a", RUN),
        ("run_command", "replace_text", "run_command"),
        ("shell:bash -lc 'pytest -q'", "edit:middle.py", "shell:bash -lc 'pytest -q'"),
        ("Bash:python3 test_middle.py", "Edit:middle.py", "Bash:python3 test_middle.py"),
        ("run_shell_command:pytest", "replace:middle.py", "run_shell_command:pytest"),
        ("bash:pytest", "apply_patch:middle.py", "bash:pytest"),
        ("execute:pytest", "edit:middle.py", "execute:pytest"),
    ],
)
def test_full_marks(tmp_path: Path, given: tuple[str, ...]) -> None:
    assert share(tmp_path, calls(*given)) == 1


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        ((), 0),
        (("replace_text:a",), 0),
        (("replace_text:a", RUN), 1),
        (("replace_text:a", RUN, RUN), 1),
        ((RUN, "replace_text:a"), 2),
        ((RUN, "replace_text:a", "run_command:ls"), 2),
        (("run_command:ls", "replace_text:a", RUN), 1),
        ((RUN, "read_file:test_middle.py", RUN), 1),
    ],
)
def test_part_of_the_marks(tmp_path: Path, given: tuple[str, ...], steps: int) -> None:
    assert share(tmp_path, calls(*given)) == Fraction(steps, 3)


def test_an_edit_that_failed_is_none(tmp_path: Path) -> None:
    run, edit = calls(RUN, "replace_text:a")
    failed = edit.model_copy(update={"failed": True})
    assert share(tmp_path, (run, failed, run)) == Fraction(1, 3)
    assert share(tmp_path, (run, failed, edit, run)) == 1


def test_tests_that_fail_were_run(tmp_path: Path) -> None:
    run, edit = calls(RUN, "replace_text:a")
    red = run.model_copy(update={"failed": True, "exit": 1})
    assert share(tmp_path, (red, edit, run)) == 1


def test_without_a_record_there_are_no_marks(tmp_path: Path) -> None:
    assert share(tmp_path, None) == 0
