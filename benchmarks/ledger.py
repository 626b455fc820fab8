"""What the ledger adds to a cell: ``python benchmarks/ledger.py [CELLS] [DIRECTORY]``.

Starts and finishes cells of 12 kB each and prints milliseconds per cell, with the flush to the disk
and without, the ratio to a bare write and flush of the same bytes, and what reading and sweeping
cost. The memory is the peak of the whole process.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from pytest_harness.ledger import RunReader, RunWriter, run_path
from pytest_harness.records import (
    CandidateRecord,
    CellRecord,
    CheckResult,
    Evaluation,
    FileChange,
    Point,
    RunRecord,
)
from pytest_harness.vocabulary import (
    CellStatus,
    ChangeKind,
    CheckStatus,
    Kind,
    Outcome,
    RuntimeMode,
)

NOW = datetime.now(UTC)


def candidates() -> tuple[CandidateRecord, ...]:
    """Return a baseline and a candidate with nine checks each."""
    checks = tuple(
        CheckResult(
            name=f"check-{number}",
            type="Command",
            weight=1.0,
            required=False,
            status=CheckStatus.PASSED,
            score=1.0,
            reason="the command exited with 0, as expected",
            tail="a line of output\n" * 20,
        )
        for number in range(9)
    )
    evaluation = Evaluation(score=1.0, exact="1", eligible=True, checks=checks)
    return tuple(
        CandidateRecord(
            id=f"c{number:04d}",
            outcome=Outcome.KEEP if number else Outcome.BASELINE,
            score=1.0,
            evaluation=evaluation,
            changes=tuple(
                FileChange(path=f"src/module_{each}.py", kind=ChangeKind.ADDED)
                for each in range(10)
            ),
            artifacts=f"cells/target/fake-t1/candidates/c{number:04d}",
        )
        for number in range(2)
    )


def started(number: int) -> CellRecord:
    """Return the record of a cell that begins."""
    return CellRecord(
        key=f"tests/test_agents.py::target[{number}]",
        target="target",
        target_id="target",
        id=f"fake-t{number + 1}",
        directory=f"fake-t{number + 1}",
        point=Point(backend="fake", trial=number + 1),
        kind=Kind.OPTIMIZE,
        budget=1,
        runtime=RuntimeMode.PROFILE,
        fingerprint="f" * 64,
        status=CellStatus.STARTED,
        session="benchmark",
        worker="main",
        pid=os.getpid(),
        started_at=NOW,
    )


def write(run: Path, cells: int) -> None:
    """Write a run of so many cells."""
    writer = RunWriter(run, "benchmark", "main")
    writer.open(resume=False)
    keys = tuple(started(number).key for number in range(cells))
    writer.write_run(
        RunRecord(name=run.name, session="benchmark", started_at=NOW, root="/", cells=keys)
    )
    done = {"status": CellStatus.FINISHED, "ended_at": NOW, "candidates": candidates()}
    for number in range(cells):
        record = started(number)
        directory = writer.cell_directory(record.target_id, record.directory)
        with writer.locked(directory):
            writer.read(directory)
            writer.start(directory, record)
            writer.finish(directory, record.model_copy(update=done))
    writer.close()


def write_bare(folder: Path, cells: int) -> None:
    """Write and flush files of the same size."""
    data = started(0).model_copy(update={"candidates": candidates()}).to_json()
    folder.mkdir()
    for number in range(cells):
        with (folder / str(number)).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def read(run: Path) -> None:
    """Read every cell."""
    for _ in RunReader(run).cells():
        pass


def sweep(run: Path) -> None:
    """Look for cells that the ledger lacks."""
    writer = RunWriter(run, "benchmark", "main")
    writer.open(resume=True)
    assert writer.sweep() == 0
    writer.close()


def per_cell(work: Callable[[], object], cells: int) -> float:
    """Return milliseconds."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) / cells * 1000


def main(cells: int, place: str | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        bare = per_cell(lambda: write_bare(folder / "bare", cells), cells)
        durable = per_cell(lambda: write(run_path(folder, "durable"), cells), cells)
        with mock.patch("os.fsync"):
            fast = per_cell(lambda: write(run_path(folder, "fast"), cells), cells)
        run = run_path(folder, "durable")
        print(f"{'start and finish a cell':34}{durable:8.3f} ms")
        print(f"{'the same without the flush':34}{fast:8.3f} ms")
        print(f"{'bare write and flush':34}{bare:8.3f} ms")
        print(f"{'ratio to the bare write':34}{durable / bare:8.2f}")
        print(f"{'read, per cell':34}{per_cell(lambda: read(run), cells):8.3f} ms")
        idle = per_cell(lambda: sweep(run), cells)
        print(f"{'sweep with nothing to do, per cell':34}{idle:8.3f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':34}{peak:8.1f} MB")


if __name__ == "__main__":
    main(int((*sys.argv[1:], "1000")[0]), sys.argv[2] if len(sys.argv) > 2 else None)
