"""The child's side of the check `Pytest`: run pytest and write down what became of every test.

Run as a script by whichever interpreter a target names, so it needs nothing but the standard
library, works on old Pythons, and finds pytest only when it runs. Standard input holds one JSON
object with ``nonce``, ``report``, ``bytecode``, ``strict``, ``unseen`` and ``args``. The report is
written when the session has ended in order: a process that ends before leaves none. Then the
process ends at once, so that nothing which code under test registered for its end is called.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


JUDGES = {
    "_pytest.runner": (),
    "_pytest.python": ("Function", "Module", "Class"),
    "_pytest.unittest": ("TestCaseFunction", "UnitTestCase"),
    "_pytest.reports": ("TestReport", "CollectReport", "BaseReport"),
    "_pytest.main": ("Session",),
    "pluggy._hooks": ("HookCaller",),
    "pluggy._manager": ("PluginManager",),
    "unittest.case": ("TestCase", "_Outcome"),
    "__main__": ("Reporter",),
}
"""What runs and judges tests: modules, each with its classes or, where none are named, itself."""


class Reporter:
    """A pytest plugin that remembers results and writes them at the end of the session."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.path = order["report"]
        self.nonce = order["nonce"]
        self.bytecode = order["bytecode"]
        self.strict = order["strict"]
        self.unseen = order["unseen"]
        self.before: dict[str, int] = {}
        self.finished = False
        self.collected: list[str] = []
        self.errors: list[str] = []
        self.results: dict[str, bool] = {}

    def pytest_cmdline_parse(self) -> None:
        """Let the workspace in, now that pytest and its own plugins are imported."""
        self.before = fingerprint()
        # Compiled files in the workspace could differ from their sources.
        sys.pycache_prefix = self.bytecode
        sys.path.insert(0, os.getcwd())  # noqa: PTH109

    def pytest_collectreport(self, report: Any) -> None:
        """Remember what could not be collected."""
        if report.failed:
            self.errors.append("%s: %s" % (report.nodeid, _cause(str(report.longrepr))))  # noqa: UP031

    def pytest_collection_finish(self, session: Any) -> None:
        """Remember which tests there are."""
        self.collected = [item.nodeid for item in session.items]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A test has passed if its call did, and no phase failed or was skipped."""
        before = self.results.get(report.nodeid, True)
        if report.outcome != "passed":
            self.results[report.nodeid] = False
        elif report.when == "call":
            self.results[report.nodeid] = before

    def pytest_report_teststatus(self, report: Any) -> Any:
        """Print nothing of the tests that are there to fail."""
        if self.unseen and report.nodeid.startswith(self.unseen):
            return "", "", ""
        return None

    def pytest_sessionfinish(self) -> None:
        """Remember that the end was reached: without that there is no report."""
        self.finished = True

    def report(self) -> None:
        """Write the report, unless the session ended before its time."""
        if not self.finished:
            return
        now = fingerprint() if self.strict else self.before
        self.write(
            collected=self.collected,
            errors=self.errors,
            passed=[nodeid for nodeid, passed in self.results.items() if passed],
            count=len(self.results),
            altered=sorted(name for name in self.before if now.get(name) != self.before[name]),
            finished=True,
        )

    def write(self, **findings: Any) -> None:
        """Write the report in one step."""
        with open(self.path + ".part", "w") as file:  # noqa: PTH123
            json.dump(dict(findings, nonce=self.nonce), file)
        os.replace(self.path + ".part", self.path)  # noqa: PTH105


def fingerprint() -> dict[str, int]:
    """Note which code runs and judges a test, by the names under which it is called."""
    found = {}
    for module, names in JUDGES.items():
        loaded = sys.modules.get(module)
        for name in names or [""]:
            owner = getattr(loaded, name, None) if name else loaded
            for attribute, value in list(vars(owner).items()) if owner is not None else ():
                function = getattr(value, "__func__", value)
                code = getattr(function, "__code__", None)
                if code is not None:
                    found["%s.%s.%s" % (module, name, attribute)] = id(code)  # noqa: UP031
    return found


def _cause(longrepr: str) -> str:
    """Return the line of a traceback that names the error."""
    lines = [line for line in longrepr.splitlines() if line.strip()]
    errors = [line[1:] for line in lines if line.startswith("E ")]
    return (errors or lines or ["no reason given"])[-1].strip()


def main() -> int:
    """Run pytest as ``python -m pytest`` would, but import it before the workspace can."""
    order = json.loads(sys.stdin.read())
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path[:] = [path for path in sys.path if path and os.path.abspath(path) != here]  # noqa: PTH100
    reporter = Reporter(order)
    try:
        pytest = importlib.import_module("pytest")
    except ImportError as error:
        reporter.write(no_pytest=str(error))
        return 1
    code = int(pytest.main(order["args"], plugins=[reporter]))
    reporter.report()
    return code


if __name__ == "__main__":
    ending = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(ending)
