from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Literal

import pytest

from pytest_harness.checks import CheckContext, Command
from pytest_harness.vocabulary import CheckStatus

from .conftest import Write


def test_a_command_that_succeeds_has_full_marks(context: CheckContext) -> None:
    verdict = Command("x", "echo out; echo err >&2").grade(context)
    assert verdict.status is CheckStatus.PASSED
    assert verdict.tail == "out\nerr"


@pytest.mark.parametrize(
    ("code", "expected", "passes"),
    [
        (0, 0, True),
        (1, 0, False),
        (3, 3, True),
        (3, {2, 3}, True),
        (0, "nonzero", False),
        (1, "nonzero", True),
        (125, "nonzero", True),
        (126, "nonzero", False),
        (127, "nonzero", False),
        (137, "nonzero", False),
    ],
)
def test_exit_codes(
    context: CheckContext,
    code: int,
    expected: int | Collection[int] | Literal["nonzero"],
    passes: bool,
) -> None:
    assert Command("x", f"exit {code}", expect_exit=expected).grade(context).score == passes


def test_a_script_that_is_missing_is_not_an_expected_failure(context: CheckContext) -> None:
    check = Command("x", "./scripts/test.sh", expect_exit="nonzero")
    assert check.grade(context).status is CheckStatus.FAILED


def test_a_program_that_is_missing_from_the_workspace_fails(context: CheckContext) -> None:
    check = Command("x", ["./scripts/test.sh"], expect_exit="nonzero")
    assert check.grade(context).status is CheckStatus.FAILED


def test_a_program_that_is_not_installed_is_an_error(context: CheckContext) -> None:
    verdict = Command("x", ["no-such-program-anywhere"]).grade(context)
    assert verdict.status is CheckStatus.ERROR
    assert "install" in verdict.reason


def test_a_signal_is_not_an_expected_failure(context: CheckContext) -> None:
    verdict = Command("x", "kill -9 $$", expect_exit="nonzero").grade(context)
    assert verdict.score == 0
    assert "signal 9" in verdict.reason


def test_output_may_be_expected_on_either_stream(context: CheckContext) -> None:
    assert Command("x", "echo a; echo b >&2", expect_output=["a", "b"]).grade(context).score == 1
    verdict = Command("x", "echo a", expect_output="b").grade(context)
    assert verdict.score == 0
    assert "'b'" in verdict.reason


def test_running_out_of_time_is_no_score(context: CheckContext) -> None:
    verdict = Command("x", "sleep 60", timeout=0.3).grade(context)
    assert verdict.status is CheckStatus.TIMEOUT
    assert verdict.score is None


def test_arguments_go_to_the_program_as_they_are(context: CheckContext) -> None:
    program = "import sys; sys.exit(sys.argv[1] != '$HOME; exit 1')"
    assert Command("x", [sys.executable, "-c", program, "$HOME; exit 1"]).grade(context).score == 1


def test_it_runs_in_its_working_directory(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"sub/here": ""})
    assert Command("x", "test -e here", cwd="sub").grade(context).score == 1


def test_a_working_directory_outside_fails(context: CheckContext) -> None:
    (context.workspace / "sub").symlink_to(context.scratch)
    verdict = Command("x", "true", cwd="sub").grade(context)
    assert verdict.score == 0
    assert "outside" in verdict.reason


def test_the_environment_is_the_given_one(
    context: CheckContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "1")
    check = Command("x", 'test "$A-$PYTEST_HARNESS_NESTED-$SECRET" = b-1-', env={"A": "b"})
    assert check.grade(context).score == 1


def test_no_login_shell_reads_the_home(context: CheckContext) -> None:
    for name in (".profile", ".bash_profile", ".bashrc"):
        (context.workspace.parent / "home" / name).write_text("exit 1\n")
    assert Command("x", "true").grade(context).score == 1


def test_a_wrong_declaration_is_said() -> None:
    assert "no command" in (Command("x", " ").problem() or "")
    assert "no command" in (Command("x", []).problem() or "")
    assert "below the workspace" in (Command("x", "true", cwd="..").problem() or "")
    wrong = Command("x", "true", expect_exit="zero")  # type: ignore[arg-type]
    assert "exit code" in (wrong.problem() or "")
    assert Command("x", "true").problem() is None
