"""The original's tests pass."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path, PurePosixPath

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.collection import NotCollectedError, collect
from pytest_harness.checks.files import as_tuple, path_problem
from pytest_harness.checks.processes import ending, tail
from pytest_harness.checks.pytest_session import Findings, Session
from pytest_harness.checks.restore import original_tests
from pytest_harness.vocabulary import Ended


@dataclass(frozen=True)
class Pytest(Check):
    """The share of the original's tests that pass in the candidate.

    Which tests there are is taken from the target's workspace with its hidden files: a test that
    is missing, skipped, deselected, expected to fail or in error has not passed. The candidate's
    own tests, ``conftest.py`` files and pytest configuration do not count. A session that does not
    end in order has no marks, whatever its exit code. Code under test runs in the same process as
    pytest and can do to it what it likes; what the usual ways of forging results leave behind is
    seen, and then there are no marks. Code made against this very check can escape that: where it
    matters, let a `Command` ask for something that only honest work can answer.
    """

    paths: str | Sequence[str] = "tests"
    """Files, directories or node ids, relative to the workspace."""
    _: KW_ONLY
    interpreter: str | None = None
    """The Python to use: absolute, or below the workspace as ``.venv/bin/python``; ``None`` for the
    one that runs the harness. It must have pytest."""
    args: Sequence[str] = ()
    """Further arguments for pytest."""
    use_config: bool = False
    """Whether the original's configuration of pytest, and installed plugins, are used."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        paths = as_tuple(self.paths)
        if not paths:
            return "it has no paths; name at least one"
        if self.overlay is not None:
            return "it has an overlay, which its tests cannot come from; lay them over with hidden="
        if self.interpreter is not None and not Path(self.interpreter).is_absolute():
            paths += (self.interpreter,)
        return next((bad for path in paths if (bad := path_problem(path.partition("::")[0]))), None)

    def grade(self, context: CheckContext) -> Verdict:
        """Collect the original's tests and run them in the candidate."""
        program, inside = self._program(context)
        if inside and not Path(program).exists():
            return Verdict.share(0, 1, f"there is no {self.interpreter} in the workspace")
        session = Session(
            interpreter=program,
            paths=as_tuple(self.paths),
            args=tuple(self.args),
            use_config=self.use_config,
        )
        own = PurePosixPath(self.interpreter) if self.interpreter and inside else None
        try:
            nodeids = collect(session, context, own=own, timeout=self.timeout)
        except NotCollectedError as error:
            return error.verdict
        with original_tests(context, session.paths, config=self.use_config):
            found = session.run(context, context.workspace, timeout=self.timeout)
        return self._judge(found, nodeids)

    def _program(self, context: CheckContext) -> tuple[str, bool]:
        """Return the interpreter, and whether it belongs to the workspace."""
        if self.interpreter is None:
            return sys.executable, False
        path = Path(self.interpreter)
        return str(context.workspace / path), not path.is_absolute()

    def _judge(self, found: Findings, nodeids: Sequence[str]) -> Verdict:
        total = len(nodeids)
        printed = tail(found.process)
        if found.process.ended is Ended.TIMEOUT:
            return Verdict.timeout(f"the tests did not end within {self.timeout:g} s", printed)
        if found.no_pytest:
            reason = f"{self.interpreter or sys.executable} has no pytest ({found.no_pytest})"
            return Verdict.share(0, total, reason, printed)
        if not found.finished:
            reason = f"pytest did not finish its session: {ending(found.process)}"
            return Verdict.share(0, total, reason, printed)
        if found.forged:
            return Verdict.share(0, total, f"the results are forged: {found.forged}", printed)
        bad = [nodeid for nodeid in nodeids if nodeid not in found.passed]
        if not bad:
            return Verdict.share(total, total, f"all {total} tests passed", printed)
        listed = ", ".join(bad[:3]) + (", ..." if len(bad) > 3 else "")
        reason = f"{total - len(bad)} of {total} tests passed, not {listed}"
        return Verdict.share(total - len(bad), total, reason, printed)
