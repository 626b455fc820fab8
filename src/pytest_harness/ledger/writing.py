"""The one writer of records."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_harness.errors import LedgerError
from pytest_harness.ledger import journal
from pytest_harness.ledger.encoding import cell_line, encode
from pytest_harness.ledger.files import (
    Sign,
    explained,
    sync_directory,
    write_temporary,
    write_whole,
)
from pytest_harness.ledger.finding import point_latest
from pytest_harness.ledger.hiding import hidden
from pytest_harness.ledger.layout import (
    BEST_PATCH,
    CANDIDATES,
    CELL_FILE,
    CELL_LOCK,
    EARLIER,
    GATE_LOCK,
    LIVE,
    RUN_FILE,
    cell_path,
)
from pytest_harness.ledger.loading import load
from pytest_harness.ledger.merging import merge_order
from pytest_harness.ledger.session import SessionLock, clear_live, prepare_folder
from pytest_harness.ledger.sweeping import sweep
from pytest_harness.records import CellRecord, RunRecord, TestLine
from pytest_harness.redaction import Vault
from pytest_harness.runtime.locks import FileLock, exclusive
from pytest_harness.vocabulary import CellStatus


class RunWriter:
    """Writes one run, in one process of the session that holds it.

    Making one writes nothing; `open` must come before everything else. Every method raises
    `LedgerError`, one sentence, when the disk is full, read-only or gone.
    """

    def __init__(self, path: Path, session: str, worker: str, vault: Vault | None = None) -> None:
        self.path = path
        """The run's directory."""
        self.session = session
        """The session, one word."""
        self.worker = worker
        """This process's name within it."""
        self.vault = vault or Vault()
        """What is kept out of everything that is written."""
        self._hold = SessionLock(path, session)
        self._sign = Sign(path / LIVE / worker)

    def open(self, *, resume: bool) -> None:
        """Make the directories, join the session, and mend the ledger's torn end.

        Does nothing if this object is open. Raises `RunInUseError` when another living session
        holds the run or when it exists and is not to be resumed, and `SchemaError` when another
        version wrote it.
        """
        if self._hold.held:
            return
        with explained(self.path):
            prepare_folder(self.path)
            self._hold.join(resume=resume, prepare=self._clean_up)
            with journal.appending(self.path):
                pass  # to open it is to mend it

    def close(self) -> None:
        """Stop showing a phase and leave the session."""
        if self._hold.held:
            try:
                with explained(self._sign.path):
                    self._sign.remove()
            finally:
                self._hold.leave()

    def write_run(self, record: RunRecord | Callable[[], RunRecord]) -> bool:
        """Write ``run.json`` and point ``latest`` to the run, once per session.

        A function is called only if its record is wanted. The first process wins. A resumed run
        keeps the cells and tests it had, the cells in the matrix's order.
        Returns whether this call wrote it.
        """
        path = self.path / RUN_FILE
        with explained(path), exclusive(self.path / GATE_LOCK):
            before = load(RunRecord, path)
            if before is not None and before.session == self.session:
                return False
            if not isinstance(record, RunRecord):
                record = record()
            cells = merge_order(record.cells, before.cells if before else ())
            tests = {**(before.tests if before else {}), **record.tests}
            whole = record.model_copy(update={"cells": cells, "tests": tests})
            data = encode(hidden(whole, self.vault))
            write_whole(path, data + b"\n", sync=True)
            point_latest(self.path, self.session)
        return True

    def cell_directory(self, target_id: str, cell_dir: str) -> Path:
        """Make a cell's directory and return it."""
        path = cell_path(self.path, target_id, cell_dir)
        with explained(path):
            if not path.is_dir():
                path.mkdir(parents=True, exist_ok=True)
        return path

    @contextlib.contextmanager
    def locked(self, cell_directory: Path) -> Iterator[None]:
        """Hold a cell alone, waiting for it; asking again for what one holds waits for ever."""
        lock = FileLock(cell_directory / CELL_LOCK)
        try:
            with explained(lock.path):
                lock.exclusive()
            yield
        finally:
            lock.release()

    def read(self, cell_directory: Path) -> CellRecord | None:
        """Read a cell's record; ``None`` if it was never started."""
        return load(CellRecord, cell_directory / CELL_FILE)

    def start(self, cell_directory: Path, record: CellRecord) -> None:
        """Write that a cell has begun, and put what an earlier attempt left out of the way.

        To be called under `locked`.
        """
        _expect(record, CellStatus.STARTED)
        path = cell_directory / CELL_FILE
        with explained(path):
            _set_aside(cell_directory)
            write_whole(path, encode(hidden(record, self.vault)) + b"\n", sync=False)

    def finish(self, cell_directory: Path, record: CellRecord) -> CellRecord:
        """Write a cell's result to the disk, then append it to the ledger.

        To be called under `locked`. When this returns the record survives a power cut. Returns
        it as it was written: without secrets.
        """
        _expect(record, CellStatus.FINISHED)
        path = cell_directory / CELL_FILE
        record = hidden(record, self.vault)
        data = encode(record)
        with explained(path):
            temporary = write_temporary(path, data + b"\n", sync=True)
            # Together, so that a sweep never meets a result without its line.
            with journal.appending(self.path) as ledger:
                temporary.replace(path)
                ledger.append(cell_line(data))
            sync_directory(cell_directory)
        return record

    def append_test(self, line: TestLine) -> None:
        """Append how a test ended."""
        data = encode(hidden(line, self.vault))
        with explained(self.path), journal.appending(self.path) as ledger:
            ledger.append(data)

    def sweep(self) -> int:
        """Append the finished cells that the ledger lacks and return how many they were."""
        with explained(self.path):
            return sweep(self.path)

    def artifacts(self, cell_directory: Path, candidate_id: str) -> Path:
        """Make the directory for a candidate's files and return it."""
        path = cell_directory / CANDIDATES / candidate_id
        with explained(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    def show_phase(self, text: str | None) -> None:
        """Let others see what this process is doing; ``None`` is nothing."""
        with explained(self._sign.path):
            self._sign.show(text or "")

    def forget_worker(self, worker: str) -> None:
        """Stop showing the phase of a process that has crashed."""
        path = self.path / LIVE / worker
        with explained(path):
            path.unlink(missing_ok=True)

    def _clean_up(self) -> None:
        clear_live(self.path)


def _expect(record: CellRecord, status: CellStatus) -> None:
    ended = record.ended_at is not None
    if record.status is not status or ended is not (status is CellStatus.FINISHED):
        raise LedgerError(
            f"the record of {record.key} is not that of a {status} cell; "
            "report this as a defect of pytest-harness"
        )


def _set_aside(cell_directory: Path) -> None:
    """Move an earlier attempt's files away, so that its evidence is kept and not mixed in."""
    left = [name for name in (CANDIDATES, BEST_PATCH) if os.path.lexists(cell_directory / name)]
    if not left:
        return
    earlier = cell_directory / EARLIER
    earlier.mkdir(exist_ok=True)
    attempt = earlier / f"{len(list(earlier.iterdir())) + 1:04d}"
    attempt.mkdir()
    for name in left:
        (cell_directory / name).rename(attempt / name)
