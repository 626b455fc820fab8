from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_harness.checks import CheckContext, Pytest, Verdict
from pytest_harness.vocabulary import CheckStatus

from .conftest import Write

Project = Callable[..., CheckContext]

CALC = "def add(a, b):\n    return a - b\n"
FIXED = "def add(a, b):\n    return a + b\n"
TESTS = """
import calc
import pytest

def test_zero():
    assert calc.add(0, 0) == 0

@pytest.mark.parametrize("b", [1, 2])
def test_add(b):
    assert calc.add(1, b) == 1 + b
"""
FILES = {"calc.py": CALC, "tests/test_calc.py": TESTS}


def ask(context: CheckContext, check: Pytest | None = None) -> Verdict:
    scratch = context.scratch / "own"
    scratch.mkdir()
    try:
        return (check or Pytest("tests")).grade(replace(context, scratch=scratch))
    finally:
        shutil.rmtree(scratch)


def test_the_score_is_the_share_of_tests_that_pass(project: Project, write: Write) -> None:
    context = project(FILES)
    verdict = ask(context)
    assert verdict.score == Fraction(1, 3)
    assert "tests/test_calc.py::test_add[1]" in verdict.reason
    write(context.workspace, {"calc.py": FIXED})
    assert ask(context).score == 1


def test_edited_tests_do_not_count_and_are_left_as_they_were(
    project: Project, write: Write
) -> None:
    context = project(FILES)
    mine = {"tests/test_calc.py": "def test_zero(): pass\n", "tests/test_more.py": "1 / 0\n"}
    write(context.workspace, mine)
    assert ask(context).score == Fraction(1, 3)
    for name, text in mine.items():
        assert (context.workspace / name).read_text() == text


def test_deleted_tests_do_not_count_and_stay_deleted(project: Project) -> None:
    context = project(FILES)
    shutil.rmtree(context.workspace / "tests")
    assert ask(context).score == Fraction(1, 3)
    assert not (context.workspace / "tests").exists()


FORGE = """
from _pytest.reports import TestReport
def pytest_runtest_makereport(item, call):
    call.excinfo = None
    return TestReport.from_item_and_call(item, call)
"""


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("import os\nos._exit(0)\n", "def pytest_collection_modifyitems(items): items.clear()\n"),
        (FORGE, "import os\ndef pytest_sessionstart(): os._exit(0)\n"),
    ],
    ids=["exit", "forge"],
)
def test_a_conftest_of_the_candidate_does_not_count(
    project: Project, write: Write, outer: str, inner: str
) -> None:
    context = project(FILES)
    write(context.workspace, {"conftest.py": outer, "tests/conftest.py": inner})
    assert ask(context).score == Fraction(1, 3)


def test_configuration_and_variables_do_not_count(project: Project, write: Write) -> None:
    context = project(FILES)
    deselect = "--deselect tests/test_calc.py::test_zero"
    configuration = {
        "pytest.ini": f"[pytest]\naddopts = {deselect}\n",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--collect-only"\n',
    }
    write(context.workspace, configuration)
    env = {**context.env, "PYTEST_ADDOPTS": "--collect-only", "PYTEST_PLUGINS": "nothing"}
    assert ask(replace(context, env=env)).score == Fraction(1, 3)


def test_deselected_tests_have_not_passed(project: Project, write: Write) -> None:
    context = project(FILES)
    write(
        context.workspace,
        {"pytest.ini": "[pytest]\naddopts = --deselect tests/test_calc.py::test_add\n"},
    )
    assert ask(context, Pytest("tests", use_config=True)).score == Fraction(1, 3)


def test_ending_the_process_with_success_is_no_evidence(project: Project, write: Write) -> None:
    for code in (
        "import os\nos._exit(0)\n",
        "import os\ndef add(a, b): os._exit(0)\n",
    ):
        context = project(FILES)
        write(context.workspace, {"calc.py": code})
        verdict = ask(context)
        assert verdict.status is CheckStatus.FAILED
        assert verdict.score == 0
        assert "did not finish" in verdict.reason


def test_leaving_the_session_early_is_worth_what_was_run(project: Project, write: Write) -> None:
    context = project(FILES)
    leave = (
        "import pytest\ndef add(a, b):\n    if a:\n        pytest.exit('done', 0)\n    return 0\n"
    )
    write(context.workspace, {"calc.py": leave})
    assert ask(context).score == Fraction(1, 3)


def test_a_module_in_the_workspace_does_not_take_pytests_place(
    project: Project, write: Write
) -> None:
    context = project(FILES)
    stop = "import os\nos._exit(0)\n"
    write(context.workspace, {"pytest.py": stop, "_pytest/__init__.py": stop, "json.py": stop})
    assert ask(context).score == Fraction(1, 3)


def test_compiled_files_do_not_stand_in_for_their_sources(project: Project, write: Write) -> None:
    context = project(FILES)
    compile_it = "import py_compile; py_compile.compile('calc.py', doraise=True)"
    source = context.workspace / "calc.py"
    before = source.stat()
    write(context.workspace, {"calc.py": FIXED})
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    subprocess.run([sys.executable, "-c", compile_it], cwd=context.workspace, check=True)
    write(context.workspace, {"calc.py": CALC})
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ask(context).score == Fraction(1, 3)


def test_skipped_and_expected_failures_have_not_passed(project: Project) -> None:
    tests = """
import pytest
def test_passes(): pass
def test_skips(): pytest.skip("no")
@pytest.mark.xfail
def test_xfails(): assert 0
@pytest.mark.xfail(strict=True)
def test_strictly_xpasses(): pass
@pytest.mark.xfail
def test_xpasses(): pass
@pytest.fixture
def broken():
    yield
    assert 0
def test_teardown_fails(broken): pass
"""
    verdict = ask(project({"tests/test_it.py": tests}))
    assert verdict.score == Fraction(2, 6)


def test_one_broken_module_does_not_cost_the_others(project: Project, write: Write) -> None:
    context = project(
        {**FILES, "other.py": "", "tests/test_other.py": "import other\ndef test(): 0"}
    )
    write(context.workspace, {"calc.py": "syntax error"})
    assert ask(context).score == Fraction(1, 4)


def test_hidden_tests_count(project: Project, write: Write, tmp_path: Path) -> None:
    hidden = write(tmp_path / "hidden", {"tests/test_hidden.py": "def test(): pass"})
    context = project(FILES, hidden=(hidden,))
    write(context.workspace, {"tests/test_hidden.py": "def test(): assert 0"})
    assert ask(context).score == Fraction(2, 4)


def test_a_link_in_place_of_the_tests_is_put_back(project: Project, write: Write) -> None:
    context = project(FILES)
    elsewhere = write(context.scratch / "elsewhere", {"test_calc.py": "def test_zero(): pass"})
    shutil.rmtree(context.workspace / "tests")
    (context.workspace / "tests").symlink_to(elsewhere)
    assert ask(context).score == Fraction(1, 3)
    assert (context.workspace / "tests").readlink() == elsewhere
    assert [each.name for each in elsewhere.iterdir()] == ["test_calc.py"]


def test_tests_next_to_the_code_leave_the_code_alone(project: Project, write: Write) -> None:
    files = {"src/calc.py": CALC, "src/test_calc.py": TESTS}
    context = project(files)
    write(context.workspace, {"src/calc.py": FIXED, "src/test_calc.py": "def test_zero(): 0"})
    assert ask(context, Pytest("tests", "src")).score == 1


def test_a_single_node_may_be_asked_for(project: Project) -> None:
    context = project(FILES)
    assert ask(context, Pytest("tests", "tests/test_calc.py::test_zero")).score == 1
    assert ask(context, Pytest("tests", args=["-k", "test_zero"])).score == 1


def test_a_benchmark_whose_tests_cannot_be_collected_is_an_error(project: Project) -> None:
    verdict = ask(project({"tests/test_it.py": "import nowhere_at_all"}))
    assert verdict.status is CheckStatus.ERROR
    assert "nowhere_at_all" in verdict.reason
    verdict = ask(project({"tests/test_it.py": ""}))
    assert verdict.status is CheckStatus.ERROR
    assert "there are none" in verdict.reason


def test_running_out_of_time_is_no_score(project: Project, write: Write) -> None:
    context = project(FILES)
    assert ask(context).score is not None
    write(context.workspace, {"calc.py": "import time; time.sleep(60)"})
    verdict = ask(context, Pytest("tests", timeout=1.5))
    assert verdict.status is CheckStatus.TIMEOUT
    assert verdict.score is None


def test_a_wrong_declaration_is_said() -> None:
    assert "below the workspace" in (Pytest("x", "../tests").problem() or "")
    assert "below the workspace" in (Pytest("x", interpreter="../python").problem() or "")
    assert "no paths" in (Pytest("x", []).problem() or "")
    assert "overlay" in (Pytest("x", overlay="bug").problem() or "")
    assert Pytest("x", interpreter="/usr/bin/python3").problem() is None
