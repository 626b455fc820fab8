"""How each test of a cell ended, as a line of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

import pytest

from pytest_harness.ledger import RunWriter
from pytest_harness.records import TestLine

Shown = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]

RERUN: Final[str] = "rerun"
"""What plugins that repeat tests call the outcome of an attempt that they do not let count."""

MAX_TEXT = 4_000
"""Characters of a failure's text that are kept."""


class TestRecorder:
    """Gathers the phases of the test that is running; tests run one after another."""

    __test__ = False  # pytest would collect the class by its name

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer
        self._cells: dict[str, str] = {}
        self._reports: list[pytest.TestReport] = []

    def expect(self, nodeid: str, cell: str) -> None:
        """Say of which cell a test is; of no other test a line is written."""
        self._cells[nodeid] = cell

    def add(self, report: pytest.TestReport) -> None:
        """Take a phase as pytest shows it; after the teardown the line is written.

        An attempt that a plugin repeats has no line. Raises `LedgerError` if it cannot be written.
        """
        if report.nodeid not in self._cells:
            return
        self._reports.append(report)
        if report.when != "teardown":
            return
        reports, self._reports = self._reports, []
        cell = self._cells.pop(report.nodeid)
        if all(each.outcome != RERUN for each in reports):
            self._writer.append_test(self.line(reports, cell))

    def line(self, reports: list[pytest.TestReport], cell: str | None) -> TestLine:
        """Sum up the phases of one test."""
        outcome, speaker = shown(reports)
        text = "" if speaker is None else str(speaker.longreprtext)
        if speaker is not None and isinstance(speaker.longrepr, tuple):
            text = str(speaker.longrepr[2])
        reason = getattr(speaker, "wasxfail", "") if outcome in {"xfailed", "xpassed"} else ""
        return TestLine(
            nodeid=reports[0].nodeid,
            cell=cell,
            outcome=outcome,
            duration=sum(max(0.0, report.duration) for report in reports),
            message=_first_line(reason or text),
            longrepr=text[-MAX_TEXT:] if outcome in {"failed", "error"} else "",
            session=self._writer.session,
            worker=self._writer.worker,
            at=datetime.now(UTC),
        )


def shown(reports: list[pytest.TestReport]) -> tuple[Shown, pytest.TestReport | None]:
    """Name the outcome as pytest shows it, and the report that decided it."""
    result: tuple[Shown, pytest.TestReport | None] = ("passed", None)
    for report in reports:
        expected = hasattr(report, "wasxfail")
        if report.failed:
            return ("failed" if report.when == "call" else "error"), report
        if report.skipped:
            result = ("xfailed" if expected else "skipped"), report
        elif expected and report.when == "call":
            result = "xpassed", report
    return result


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    # pytest marks the lines of an assertion's error with an E.
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (marked or lines or [""])[0][:500]
