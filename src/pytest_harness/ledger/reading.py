"""The one reader of runs; it writes nothing and needs no lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from pytest_harness.errors import LedgerError
from pytest_harness.ledger.files import explained
from pytest_harness.ledger.index import LineIndex, Place
from pytest_harness.ledger.layout import CELL_FILE, LEDGER_FILE, LIVE, RUN_FILE, cell_path
from pytest_harness.ledger.loading import RecordT, load, parse
from pytest_harness.ledger.sweeping import cell_files
from pytest_harness.records import CandidateRecord, CellLine, CellRecord, RunRecord, TestLine
from pytest_harness.vocabulary import CellStatus


class RunReader:
    """Reads one run, finished or not; records are read when they are asked for.

    Every method raises `SchemaError` when it meets a record of another version, and `LedgerError`
    when a file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """The run's directory."""
        self._ledger = path / LEDGER_FILE
        self._index = LineIndex(self._ledger)

    @cached_property
    def run(self) -> RunRecord:
        """What ``run.json`` says. Raises `LedgerError` when there is none."""
        record = load(RunRecord, self.path / RUN_FILE)
        if record is None:
            raise LedgerError(f"{self.path} is not a run: it has no {RUN_FILE}; name another one")
        return record

    def cells(self) -> Iterator[CellRecord]:
        """Yield the finished cells in the order of the matrix, each once, as it ended last.

        A cell that was begun again and not finished is not among them; see `unfinished`.
        """
        begun = {record.key for record in self.unfinished()}
        self._refresh()
        places = self._index.cells
        keys = sorted(places.keys() - begun, key=self._rank)
        for line in self._read(CellLine, [places[key] for key in keys]):
            yield line.cell

    def all_cells(self) -> Iterator[CellRecord]:
        """Yield the finished cells, then those that were only started."""
        yield from self.cells()
        yield from self.unfinished()

    def tests(self) -> Iterator[TestLine]:
        """Yield the tests in the order of their cells, then by name, as each ended last."""
        self._refresh()
        tests = self._index.tests
        rank_of_cell = self._rank

        def rank(nodeid: str) -> tuple[bool, int, str, str]:
            cell = tests[nodeid].cell
            return (cell is None, *rank_of_cell(cell or ""), nodeid)

        yield from self._read(TestLine, [tests[nodeid] for nodeid in sorted(tests, key=rank)])

    def cell(self, key: str) -> CellRecord | None:
        """Return the cell with that key as it stands, finished or only started."""
        self._refresh()
        place = self._index.cells.get(key)
        if place is None:
            return next((record for record in self.unfinished() if record.key == key), None)
        finished = next(self._read(CellLine, [place])).cell
        now = load(CellRecord, self.cell_directory(finished) / CELL_FILE)
        return finished if now is None or now.status is CellStatus.FINISHED else now

    def unfinished(self) -> list[CellRecord]:
        """Return the cells that were started and not finished, in the order of the matrix.

        While a session lives these are running; afterwards they are what a crash left.
        """
        rank = self._rank
        started: list[CellRecord] = []
        for path in cell_files(self.path):
            with explained(path, writing=False):
                if b'"started"' not in path.read_bytes():
                    continue
            record = load(CellRecord, path)
            if record is not None and record.status is CellStatus.STARTED:
                started.append(record)
        return sorted(started, key=lambda record: rank(record.key))

    def cell_directory(self, record: CellRecord) -> Path:
        """Return a cell's directory."""
        return cell_path(self.path, record.target_id, record.directory)

    def artifact(self, candidate: CandidateRecord) -> Path:
        """Return a candidate's directory.

        Raises `LedgerError` when the record points outside the run, as a forged one can.
        """
        relative = PurePosixPath(candidate.artifacts)
        if relative.is_absolute() or ".." in relative.parts:
            raise LedgerError(
                f"the files of {candidate.id} lie outside the run {self.path}; "
                "the record is damaged"
            )
        return self.path / relative

    def phases(self) -> dict[str, str]:
        """Return what each process of the session says it is doing, by its name."""
        shown: dict[str, str] = {}
        for path in sorted((self.path / LIVE).glob("[!.]*")):
            try:
                # Behind the first line there may be the end of a longer text before it.
                text = path.read_text("utf-8", "replace").partition("\n")[0]
            except FileNotFoundError:
                continue  # it has just stopped
            if text:
                shown[path.name] = text
        return shown

    @cached_property
    def _rank(self) -> Callable[[str], tuple[int, str]]:
        """Where a cell belongs, by its key; what the run does not name comes last."""
        order = {key: number for number, key in enumerate(self.run.cells)}
        return lambda key: (order.get(key, len(order)), key)

    def _refresh(self) -> None:
        with explained(self._ledger, writing=False):
            self._index.refresh()

    def _read(self, kind: type[RecordT], places: list[Place]) -> Iterator[RecordT]:
        if not places:
            return
        with explained(self._ledger, writing=False):
            stream = self._ledger.open("rb")
        with stream:
            for place in places:
                stream.seek(place.offset)
                data = stream.read(place.length)
                yield parse(kind, data, f"{self._ledger}, line {place.number}")
