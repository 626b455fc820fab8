"""The terminal: a summary of the matrix, and a live line while cells run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_harness.reports.live import Phases
from pytest_harness.reports.plain import near

if TYPE_CHECKING:
    from pytest import TerminalReporter  # noqa: PT013 - a type only

INTERVAL: Final = 0.5
"""Seconds between two looks at the phases."""
PAUSE: Final = 0.2
"""Seconds for which nothing is drawn after `LiveLine.clear`, so that pytest can print."""

DEFAULTED: Final = (
    "no backend was named, so the free backend 'fake' applied each target's solution: "
    "this says nothing about an agent; name one with --harness-backend"
)


def write_summary(terminalreporter: TerminalReporter, run: Path) -> None:
    """Write the matrix, what does not count, and where the ledger is.

    Nothing is written with ``-qq``, or if the run has no record.
    """
    if terminalreporter.verbosity <= -2 or not (run / "run.json").is_file():
        return
    from pytest_harness.ledger import RunReader
    from pytest_harness.reports import matrix
    from pytest_harness.vocabulary import Fault

    reader = RunReader(run)
    cells = list(reader.cells())
    missing = dict.fromkeys(each.reason for each in cells if each.fault is Fault.UNAVAILABLE)
    table = matrix.build(cells)
    for record in reader.unfinished():
        table.add(record)
    if not table.cells:
        return
    terminalreporter.write_sep("=", "harness")
    for line in table.table().text().splitlines():
        terminalreporter.write_line(line)
    terminalreporter.write_line(table.sentence())
    if table.causes:
        terminalreporter.write_line("")
        for line in table.causes_table().text().splitlines():
            terminalreporter.write_line(line)
        terminalreporter.write_line("")
    for reason in missing:
        terminalreporter.write_line(reason)
    if reader.run.defaulted:
        terminalreporter.write_line(DEFAULTED, yellow=True)
    terminalreporter.write_line(f"ledger: {near(run / 'ledger.jsonl')}")


def no_column() -> int:
    """Say that the cursor is at the start of a line."""
    return 0


class LiveLine:
    """One line that says which phase each cell is in; drawn by the controller alone.

    On a terminal it stands behind the cursor and is redrawn; elsewhere every change is one plain
    line. ``column`` tells where pytest's own output stands in its line.
    """

    def __init__(
        self,
        descriptor: int | None,
        live: Path,
        *,
        verbosity: int = 0,
        column: Callable[[], int] = no_column,
    ) -> None:
        self._descriptor = None if verbosity <= -2 else descriptor
        self._spare = descriptor
        self._phases = Phases(live)
        self._column = column
        self._tty = descriptor is not None and os.isatty(descriptor)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._drawn = False
        self._quiet_until = 0.0
        self._printed: dict[str, str] = {}
        self._left_at = 0

    def start(self) -> None:
        """Begin to draw; a second call does nothing."""
        if self._descriptor is None or self._thread is not None:
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._poll, name="harness-live-line", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Clear the line, end the thread and close the descriptor; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            thread.join()
        self.clear()
        self._descriptor = None
        spare, self._spare = self._spare, None
        if spare is not None:
            os.close(spare)

    def clear(self) -> None:
        """Take the line away, because pytest is about to print."""
        with self._lock:
            self._quiet_until = time.monotonic() + PAUSE
            self._left_at = 0
            if self._drawn:
                self._write("\x1b[K")
                self._drawn = False

    def ignore(self, worker: str) -> None:
        """Show this worker no longer: it died and cannot take back what it said."""
        with self._lock:
            self._phases.ignored.add(worker)

    def _poll(self) -> None:
        while not self._stop.wait(INTERVAL):
            with self._lock:
                if self._tty:
                    self._draw()
                else:
                    self._print_changes()

    def _draw(self) -> None:
        if time.monotonic() < self._quiet_until:
            return
        phases = self._phases.read()
        room = self._width() - self._column() - 1
        if not phases or room < 20:
            if self._drawn:
                self._write("\x1b[K")
                self._drawn = False
            return
        text = "  " + " | ".join(f"{phase} {seconds:.0f} s" for _, phase, seconds in phases)
        if len(text) > room:
            text = f"{text[: room - 3]}..."
        # save the cursor, forbid wrapping, erase, dim text, and back to where pytest left it
        self._write(f"\x1b7\x1b[?7l\x1b[K\x1b[2m{text}\x1b[0m\x1b[?7h\x1b8")
        self._drawn = True

    def _print_changes(self) -> None:
        phases = {worker: phase for worker, phase, _ in self._phases.read()}
        changed = [phase for worker, phase in phases.items() if self._printed.get(worker) != phase]
        self._printed = phases
        if changed:
            # pytest's column does not know of our lines: where it stands still, they ended the last
            column = self._column()
            start = "\n" if column and column != self._left_at else ""
            self._left_at = column
            self._write(start + "".join(f"{phase}\n" for phase in changed))

    def _width(self) -> int:
        try:
            columns = 0 if self._spare is None else os.get_terminal_size(self._spare).columns
        except OSError:
            columns = 0
        return columns or 80

    def _write(self, text: str) -> None:
        if self._descriptor is None:
            return
        data = text.encode("utf-8", "replace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:  # the terminal is gone; the line is a convenience only
            self._descriptor = None
