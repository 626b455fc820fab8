"""Tricks of code under test against the pytest that runs it: code planted in the modules."""

from __future__ import annotations

from collections.abc import Callable

from .attack import Attack

GUARD = "\ntry:\n{body}except ImportError:\n    pass\n"

RUNTEST = """
    import _pytest.python as _p
    _p.Function.runtest = lambda self: None
    _p.Function.setup = lambda self: None
    import _pytest.unittest as _u
    _u.TestCaseFunction.runtest = lambda self: None
"""
MAKEREPORT = """
    import _pytest.reports as _r
    _make = _r.TestReport.from_item_and_call
    def _from(item, call):
        report = _make(item, call)
        report.outcome, report.longrepr = "passed", None
        return report
    _r.TestReport.from_item_and_call = staticmethod(_from)
"""
RUNNER = """
    import _pytest.runner as _r
    def _call(item, when, log=True, **kwds):
        call = _r.CallInfo(None, None, 0, 0, 0, when, _ispytest=True)
        report = item.ihook.pytest_runtest_makereport(item=item, call=call)
        if log:
            item.ihook.pytest_runtest_logreport(report=report)
        return report
    _r.call_and_report = _call
"""
ATEXIT = """
    import atexit, glob, json, os, sys
    def _rewrite():
        import gc
        for one in gc.get_objects():
            path = getattr(one, "__dict__", {}).get("path") if hasattr(one, "nonce") else None
            if isinstance(path, str) and os.path.exists(path):
                report = json.load(open(path))
                report["passed"] = report["collected"]
                report["count"] = len(report["passed"])
                json.dump(report, open(path, "w"))
    atexit.register(_rewrite)
"""
REPORTER = """
    import gc, threading
    def _rewrite():
        for one in gc.get_objects():
            results = getattr(one, "__dict__", {}).get("results")
            collected = getattr(one, "__dict__", {}).get("collected")
            if isinstance(results, dict) and isinstance(collected, list):
                class Yes(dict):
                    def __setitem__(self, key, value):
                        super().__setitem__(key, True)
                one.results = Yes((key, True) for key in results)
    _rewrite()
"""


def _plant(what: str, body: str) -> Callable[[Attack], None]:
    def plant(attack: Attack) -> None:
        code = GUARD.format(body=body.lstrip("\n"))
        for path in attack.files("*.py"):
            name = path.rpartition("/")[2]
            if name.startswith("test_") or name == "conftest.py":
                continue
            attack.plan(path, _after_future(attack.text(path)) + code)

    plant.__doc__ = f"Let code under test {what}."
    return plant


def _after_future(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


TRICKS = {
    "patch-runtest": _plant("make pytest run nothing", RUNTEST),
    "patch-report": _plant("make pytest report success", MAKEREPORT),
    "patch-runner": _plant("replace what calls the phases of a test", RUNNER),
    "os-exit": _plant(
        "end the process with 0 while tests are collected", "    import os\n    os._exit(0)\n"
    ),
    "sys-exit": _plant("end it by an exception", "    import sys\n    sys.exit(0)\n"),
    "atexit": _plant("rewrite the result when the process ends", ATEXIT),
    "rewrite-results": _plant(
        "find in memory who notes the results, and make it note others", REPORTER
    ),
}
