"""Code under test that wants to be called correct without being so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_harness.checks import CheckContext, Pytest
from pytest_harness.vocabulary import CheckStatus

Start = Callable[..., CheckContext]

HONEST = {
    "half.py": "def half(number):\n    return number\n",
    "tests/test_half.py": "from half import half\n\ndef test_two():\n    assert half(2) == 1\n",
}

FORGERIES = {
    "runtest": "import _pytest.python as p\np.Function.runtest = lambda self: None\n",
    "code of runtest": (
        "import _pytest.python as p\np.Function.runtest.__code__ = (lambda self: None).__code__\n"
    ),
    "unittest only": (
        "import _pytest.unittest as u\nu.TestCaseFunction.runtest = lambda self: None\n"
    ),
    "report": (
        "import _pytest.reports as r\n"
        "old = r.TestReport.from_item_and_call\n"
        "def new(item, call):\n"
        "    report = old(item, call)\n"
        "    report.outcome, report.longrepr = 'passed', None\n"
        "    return report\n"
        "r.TestReport.from_item_and_call = staticmethod(new)\n"
    ),
    "assertions": (
        "import builtins\n"
        "import gc\n"
        "for one in gc.get_objects():\n"
        "    if type(one).__name__ == 'Reporter':\n"
        "        class Yes(dict):\n"
        "            def __setitem__(self, key, value):\n"
        "                super().__setitem__(key, True)\n"
        "        one.results = Yes()\n"
    ),
    "the end of the process": (
        "import atexit, gc, json\n"
        "def rewrite():\n"
        "    for one in gc.get_objects():\n"
        "        if type(one).__name__ == 'Reporter':\n"
        "            report = json.load(open(one.path))\n"
        "            report['passed'] = ['tests/test_half.py::test_two']\n"
        "            json.dump(report, open(one.path, 'w'))\n"
        "atexit.register(rewrite)\n"
    ),
    "exit": "import os\nos._exit(0)\n",
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_result_has_no_marks(project: Start, how: str) -> None:
    context = project(HONEST)
    with (context.workspace / "half.py").open("a") as file:
        file.write(FORGERIES[how])
    verdict = Pytest("tests").grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert verdict.score == 0


def test_what_is_planted_is_gone_and_not_shown(project: Start) -> None:
    context = project(HONEST)
    before = sorted(context.workspace.rglob("*"))
    verdict = Pytest("tests").grade(context)
    after = [path for path in context.workspace.rglob("*") if "__pycache__" not in path.parts]
    assert sorted(after) == before
    assert "1 failed" in verdict.tail
    assert "2 failed" not in verdict.tail


def test_a_candidate_cannot_configure_pytest(project: Start) -> None:
    files = {**HONEST, "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-q"\n'}
    context = project(files)
    (context.workspace / "quiet.py").write_text(
        "def pytest_runtest_makereport(item, call):\n"
        "    from _pytest.reports import TestReport\n"
        "    return TestReport(item.nodeid, item.location, {}, 'passed', None, call.when)\n"
    )
    (context.workspace / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "-p quiet"\npythonpath = ["."]\n'
    )
    (context.workspace / "pytest.ini").write_text("[pytest]\naddopts = -p quiet\npythonpath = .\n")
    verdict = Pytest("tests", use_config=True).grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert verdict.score == 0
    assert (context.workspace / "pytest.ini").exists()


def test_tests_may_replace_parts_of_pytest_and_put_them_back(project: Start) -> None:
    context = project(
        {
            "half.py": "",
            "tests/test_half.py": (
                "import _pytest.runner\n\n"
                "def test_it(monkeypatch):\n"
                "    monkeypatch.setattr(_pytest.runner, 'call_and_report', lambda *a, **k: None)\n"
            ),
        }
    )
    assert Pytest("tests").grade(context).score == 1


def test_an_early_end_for_a_failure_is_no_forgery(project: Start) -> None:
    context = project(
        {
            "half.py": "",
            "tests/test_half.py": (
                "def test_a():\n    pass\n\ndef test_b():\n    assert False\n\n"
                "def test_c():\n    pass\n"
            ),
        }
    )
    verdict = Pytest("tests", args=["-x"]).grade(context)
    assert str(verdict.score) == "1/3"
