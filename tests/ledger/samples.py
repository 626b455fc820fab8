"""Records to write, and a process that writes them: ``python samples.py ACTION RUN ...``."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytest_harness.errors import LedgerError
from pytest_harness.ledger import RunWriter
from pytest_harness.records import CandidateRecord, CellRecord, Point, RunRecord, TestLine
from pytest_harness.vocabulary import CellStatus, Kind, Outcome, RuntimeMode

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def started(number: int, *, session: str = "one") -> CellRecord:
    return CellRecord(
        key=f"tests/test_a.py::target[{number}]",
        target="target",
        target_id="target",
        id=f"fake-t{number}",
        directory=f"fake-t{number}",
        point=Point(backend="fake", trial=number),
        kind=Kind.OPTIMIZE,
        budget=1,
        runtime=RuntimeMode.PROFILE,
        fingerprint="f" * 64,
        status=CellStatus.STARTED,
        session=session,
        worker="main",
        pid=1,
        started_at=BEGIN,
    )


def finished(
    number: int, *, session: str = "one", reason: str = "", attempt: int = 1
) -> CellRecord:
    candidate = CandidateRecord(
        id="c0001",
        parent="c0000",
        outcome=Outcome.KEEP,
        score=0.5,
        artifacts=f"cells/target/fake-t{number}/candidates/c0001",
    )
    return started(number, session=session).model_copy(
        update={
            "status": CellStatus.FINISHED,
            "ended_at": BEGIN + timedelta(seconds=attempt),
            "outcome": Outcome.KEEP,
            "best": "c0001",
            "reason": reason,
            "candidates": (candidate,),
        }
    )


def used(number: int, test: str = "test_it", duration: float = 0.1) -> TestLine:
    return TestLine(
        nodeid=f"tests/test_a.py::{test}[fake-t{number}]",
        cell=started(number).key,
        outcome="passed",
        duration=duration,
        session="one",
        worker="main",
        at=BEGIN,
    )


def about(run: Path, numbers: tuple[int, ...] = (), *, session: str = "one") -> RunRecord:
    return RunRecord(
        name=run.name,
        session=session,
        started_at=BEGIN,
        root="/project",
        cells=tuple(started(number).key for number in numbers),
    )


@contextmanager
def writing(run: Path, *, session: str = "one", resume: bool = False) -> Iterator[RunWriter]:
    writer = RunWriter(run, session, "main")
    writer.open(resume=resume)
    try:
        yield writer
    finally:
        writer.close()


def write_cell(writer: RunWriter, record: CellRecord) -> Path:
    """Start and finish a cell; return its directory."""
    directory = writer.cell_directory(record.target_id, record.directory)
    with writer.locked(directory):
        writer.start(directory, started(record.point.trial, session=writer.session))
        writer.finish(directory, record)
    return directory


@contextmanager
def process(*words: object) -> Iterator[subprocess.Popen[str]]:
    """Run `main` in another process, which is dead when the block ends."""
    child = subprocess.Popen(
        [sys.executable, __file__, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def say(child: subprocess.Popen[str]) -> str:
    """Return the next line that the process printed."""
    assert child.stdout is not None
    return child.stdout.readline().strip()


def main(action: str, run: Path, session: str, worker: str, rest: list[str]) -> None:
    writer = RunWriter(run, session, worker)
    try:
        writer.open(resume="resume" in rest)
    except LedgerError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return
    print("open", flush=True)
    if action == "hold":
        sys.stdin.read()
        return
    if action == "die-in-cell":
        directory = writer.cell_directory("target", "fake-t1")
        with writer.locked(directory):
            writer.start(directory, started(1, session=session))
            writer.show_phase("evaluate target")
            print("started", flush=True)
            time.sleep(600)
    first, last = (int(each) for each in rest[:2])
    for number in range(first, last):
        directory = writer.cell_directory("target", f"fake-t{number}")
        with writer.locked(directory):
            if writer.read(directory) is None:
                writer.start(directory, started(number, session=session))
                writer.finish(directory, finished(number, session=session, reason=worker * 300))
        writer.append_test(used(number, test=f"test_{worker}"))
    writer.sweep()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
