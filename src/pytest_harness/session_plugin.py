"""The hooks of a session that has cells: in the process that runs them, and in a controller."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_harness._compat import column
from pytest_harness._keys import PLANNED, RECORD, PlannedItem
from pytest_harness.errors import ConfigurationError, HarnessError, LedgerError
from pytest_harness.state import HarnessState
from pytest_harness.vocabulary import Fault

if TYPE_CHECKING:
    from pytest_harness.looking_back import Retrospect
    from pytest_harness.recording import TestRecorder
    from pytest_harness.reports.terminal import LiveLine

BROKEN = "harness_broken"
"""In what a worker sends when it ends: why the ledger could not be written."""

PlannedItems = list[tuple[pytest.Item, PlannedItem]]


class SessionPlugin:
    """Registered once a test of a cell was collected, or when xdist starts a worker."""

    def __init__(self, state: HarnessState, terminal: int | None) -> None:
        self._state = state
        self._terminal = terminal
        self._recorder: TestRecorder | None = None
        self._live: LiveLine | None = None
        self._cells = 0
        self._notices: list[str] = []
        self._capped = 0
        self._past: Retrospect | None = None
        self._broken = False

    def begin(self, items: PlannedItems) -> None:
        """Begin the run in the process that runs these tests.

        Raises `pytest.UsageError` where it cannot; a worker, which must not raise, lets every test
        of a cell fail with the sentence instead.
        """
        state = self._state
        self._cells = len({planned.identity.key for _, planned in items})
        from pytest_harness.notices import notices

        try:
            self._notices = notices(state, [planned.cell for _, planned in items])
            self._check(items)
            self._begin_run(items)
        except HarnessError as error:
            state.refusal = state.vault.hide(str(error))
            if not state.is_worker:
                raise pytest.UsageError(state.refusal) from None

    def _check(self, items: PlannedItems) -> None:
        """Raise `ConfigurationError` for what only the whole selection can show."""
        settings = self._state.settings
        limit = settings.run.max_cells
        if limit is not None and self._cells > limit:
            raise ConfigurationError(
                f"{self._cells} cells are selected and --harness-max-cells is {limit}; "
                "select fewer with -k, -m or --harness-target, or raise it"
            )
        variants = settings.forced.variant
        if variants and all(planned.cell.point.variant is None for _, planned in items):
            raise ConfigurationError(
                f"--harness-variant={','.join(variants)}: no selected target has variants; "
                "leave it out"
            )

    def _begin_run(self, items: PlannedItems) -> None:
        from pytest_harness.hidden_reports import hide_logs
        from pytest_harness.recording import TestRecorder
        from pytest_harness.run_record import describe_run

        state = self._state
        hide_logs(state.config, state.vault)
        state.writer.write_run(lambda: describe_run(state, items))
        self._recorder = TestRecorder(state.writer)
        state.ending.begin(items[0][0].session, self._terminal)
        if not state.is_worker:
            self._show_live()

    def _show_live(self) -> None:
        """Begin to show which phase each cell is in."""
        if self._live is not None:
            return
        from pytest_harness.reports.terminal import LiveLine

        state = self._state
        reporter = state.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self._terminal is None:
            return
        self._live = LiveLine(
            os.dup(self._terminal),
            state.run / "live",
            verbosity=state.config.option.verbose,
            column=lambda: column(reporter),
        )
        self._live.start()

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say how many cells there are and where their ledger lies, and what may surprise."""
        state = self._state
        lines = [f"harness: {notice}" for notice in self._notices]
        if self._cells and state.config.option.verbose >= 0:
            lines.append(self._summary())
        return lines

    def _summary(self) -> str:
        state = self._state
        how = ""
        if state.defaulted:
            how = ", backend fake by default: free, and no word about an agent"
        count = "1 cell" if self._cells == 1 else f"{self._cells} cells"
        return f"harness: {count}{how}; run {state.run_name}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        """Say which cell a test is for, before anything can skip it."""
        planned = item.stash.get(PLANNED, None)
        if planned is not None:
            from pytest_harness.reports.junit import point_properties, put_properties

            cell, point = planned.cell, planned.cell.point
            put_properties(
                item,
                point_properties(
                    run=self._state.run_name,
                    cell=planned.identity.key,
                    target=cell.target,
                    backend=point.backend,
                    model=point.model,
                    format=point.format,
                    variant=point.variant,
                    trial=point.trial,
                    budget=cell.layer.budget or 1,
                    runtime=self._state.runtime(cell, self._state.backend(cell)).name,
                ),
            )
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hide secrets, and explain a failure by the cell's checks."""
        from pytest_harness.hidden_reports import hide_report

        report = hide_report(item.config, self._state.vault, (yield))
        planned = item.stash.get(PLANNED, None)
        if planned is None:
            return report
        if report.when == "call" and report.failed:
            self._explain(item, report)
        if self._recorder is not None:
            self._recorder.expect(report.nodeid, planned.identity.key)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Hide secrets in a warning before anybody shows it."""
        if self._cells:  # a controller is sent warnings that hold none
            from pytest_harness.hidden_reports import hide_warning

            hide_warning(self._state.vault, warning_message)

    def _explain(self, item: pytest.Item, report: pytest.TestReport) -> None:
        path = item.stash.get(RECORD, None)
        add = getattr(report.longrepr, "addsection", None)
        if path is None or add is None:
            return
        from pytest_harness.records import CellRecord
        from pytest_harness.reports.junit import failure_sections

        with contextlib.suppress(OSError):  # a record that has gone cannot explain anything
            with open(path, "rb") as file:  # noqa: PTH123 - the path travels as text
                record = CellRecord.from_json(file.read())
            for title, text in failure_sections(record, self._state.run):
                add(title, text)

    def _complain(self, sentence: str) -> None:
        """Say once in a session that the ledger cannot be written; the tests go on."""
        if self._broken:
            return
        self._broken = True
        sentence = self._state.refusal = self._state.vault.hide(sentence)
        output = getattr(self._state.config, "workeroutput", None)
        if output is not None:
            output[BROKEN] = sentence  # for the controller, which says it for all
        elif sys.__stderr__ is not None:
            sys.__stderr__.write(f"\npytest-harness: {sentence}\n")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the live line away, and write down how the test ended, if this is its last word."""
        if self._live is not None:
            self._live.clear()
        if self._recorder is not None:
            try:
                self._recorder.add(report)
            except LedgerError as error:
                self._complain(str(error))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Hold the run in the controller too, once a worker has begun it."""
        state = self._state
        if state.has_run:
            if not state.ending.begun:
                self._say_in_controller()
            state.ending.add_worker(node)
            with contextlib.suppress(HarnessError):  # the workers say the same of the same places
                state.watch_workers(self._terminal)
                _ = state.writer
                self._show_live()

    def _say_in_controller(self) -> None:
        from pytest_harness.notices import notices

        reporter = self._state.config.pluginmanager.get_plugin("terminalreporter")
        for notice in notices(self._state, None):
            if reporter is not None:
                reporter.ensure_newline()
                reporter.write_line(f"harness: {notice}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Write down a test whose worker died, with what is known of its cell."""
        if not self._state.has_run:
            return
        from pytest_harness.crash import record_crash

        try:
            record_crash(self._state.config, self._state.writer, crashitem, report)
        except LedgerError as error:
            self._complain(str(error))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Append what a worker that ended could not."""
        self._state.ending.drop_worker(node)
        if sentence := getattr(node, "workeroutput", {}).get(BROKEN):
            self._complain(sentence)
        try:
            self._state.sweep()
            if error is not None and self._state.has_run:
                self._state.writer.forget_worker(node.gateway.id)
        except LedgerError as broken:
            self._complain(str(broken))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Let nothing interrupt pytest any more while it ends."""
        self._state.ending.interrupts.finish()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Append to the ledger what is not there yet; then look through pytest's own files."""
        self._finish(session)
        result = yield
        if not self._state.is_worker and self._state.has_run:
            from pytest_harness.hidden_reports import hide_files

            hide_files(self._state.config, self._state.vault)
        return result

    def _finish(self, session: pytest.Session) -> None:
        self._state.ending.interrupts.finish()
        if self._live is not None:
            self._live.stop()
        try:
            self._state.sweep()
            self._fail_budget(session)
            self._look_back(session)
        except LedgerError as error:
            self._complain(str(error))
        if self._broken and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _fail_budget(self, session: pytest.Session) -> None:
        """Fail the session if that is wanted where a cap was reached."""
        state = self._state
        if state.is_worker or not state.settings.run.fail_budget or not self._is_ours():
            return
        from pytest_harness.ledger import RunReader

        self._capped = sum(
            record.fault is Fault.BUDGET and record.session == state.session
            for record in RunReader(state.run).cells()
        )
        if self._capped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _look_back(self, session: pytest.Session) -> None:
        """Write what the run says beside its ledger; fail the session where that is wanted."""
        state = self._state
        if state.is_worker or not self._is_ours():
            return
        from pytest_harness.looking_back import look_back

        self._past = look_back(state)
        gate = state.settings.run.fail_on_regression and self._past.regressions
        if gate and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the matrix and where the ledger lies."""
        if self._state.is_worker or not self._is_ours():
            return
        from pytest_harness.reports.terminal import write_summary

        write_summary(terminalreporter, self._state.run)
        if self._past is not None and terminalreporter.verbosity > -2:
            for line in self._past.lines():
                terminalreporter.write_line(line)
            if self._past.regressions and self._state.settings.run.fail_on_regression:
                sentence = "a regression fails the session (--harness-fail-on-regression)"
                terminalreporter.write_line(sentence, red=True)
        for notice in self._untested():
            terminalreporter.write_line(f"harness: {notice}", yellow=True)
        if self._capped:
            cells = "1 cell" if self._capped == 1 else f"{self._capped} cells"
            terminalreporter.write_line(
                f"{cells} met a cap, so the session fails (--harness-fail-budget)", red=True
            )

    def _untested(self) -> list[str]:
        """Name programs of this session's cells in versions that nobody tested."""
        if self._state.defaulted:
            return []
        from pytest_harness.ledger import RunReader
        from pytest_harness.notices import untested_programs

        state = self._state
        cells = RunReader(state.run).cells()
        return untested_programs(each for each in cells if each.session == state.session)

    def _is_ours(self) -> bool:
        """Whether the run is this session's, not of one that was quicker to take its name."""
        if not self._state.has_run:
            return False
        from pytest_harness.ledger import RunReader

        return RunReader(self._state.run).run.session == self._state.session
