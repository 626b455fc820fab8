"""A reader gives each cell and each test once, in the order of the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.errors import LedgerError, SchemaError
from pytest_harness.ledger import CandidateFile, RunReader, RunWriter, check_free

from .samples import about, finished, started, used, write_cell, writing


def numbers(reader: RunReader) -> list[int]:
    return [cell.point.trial for cell in reader.cells()]


def read_all(reader: RunReader) -> None:
    list(reader.cells())
    reader.cell(started(1).key)


def test_the_order_is_that_of_the_matrix_then_that_of_the_keys(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (3, 1, 2)))
        for number in (7, 1, 2, 5, 3):
            write_cell(writer, finished(number))
            writer.append_test(used(number))
    reader = RunReader(run)
    assert numbers(reader) == [3, 1, 2, 5, 7]
    assert [line.nodeid[-2] for line in reader.tests()] == ["3", "1", "2", "5", "7"]


def test_the_last_line_of_a_cell_and_of_a_test_wins(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1,)))
        for attempt in (1, 2):
            write_cell(writer, finished(1, reason=f"attempt {attempt}", attempt=attempt))
            writer.append_test(used(1, duration=attempt))
    reader = RunReader(run)
    assert [cell.reason for cell in reader.cells()] == ["attempt 2"]
    assert [line.duration for line in reader.tests()] == [2]


def test_a_reader_sees_what_is_written_after_it_was_made(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1, 2)))
        reader = RunReader(run)
        assert numbers(reader) == []
        for number in (1, 2):
            write_cell(writer, finished(number))
            assert numbers(reader) == list(range(1, number + 1))


def test_a_cell_that_was_begun_again_is_unfinished_and_nothing_else(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1, 2)))
        for number in (1, 2):
            directory = write_cell(writer, finished(number))
        with writer.locked(directory):
            writer.start(directory, started(2))
    reader = RunReader(run)
    assert numbers(reader) == [1]
    assert [cell.point.trial for cell in reader.unfinished()] == [2]
    assert reader.cell(started(1).key) == finished(1)
    assert reader.cell(started(2).key) == started(2)
    assert reader.cell("no such key") is None


def test_a_ledger_without_its_cells_can_be_read(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1,)))
        directory = write_cell(writer, finished(1))
        for path in directory.iterdir():
            path.unlink()
    reader = RunReader(run)
    assert numbers(reader) == [1]
    assert reader.cell(started(1).key) == finished(1)


def test_reading_writes_nothing(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1,)))
        write_cell(writer, finished(1))
    before = sorted((path, path.stat().st_mtime_ns) for path in run.rglob("*"))
    reader = RunReader(run)
    assert numbers(reader) == [1]
    assert list(reader.tests()) == []
    assert reader.unfinished() == []
    assert sorted((path, path.stat().st_mtime_ns) for path in run.rglob("*")) == before


def test_a_candidates_files_are_found_and_never_outside_the_run(run: Path) -> None:
    with writing(run) as writer:
        directory = write_cell(writer, finished(1))
        made = writer.artifacts(directory, "c0001")
        (made / CandidateFile.PROMPT).write_text("do it")
    reader = RunReader(run)
    (candidate,) = finished(1).candidates
    assert reader.artifact(candidate) == made
    assert reader.cell_directory(finished(1)) == directory
    for forged in ("/etc", "cells/../../.."):
        with pytest.raises(LedgerError, match="lie outside the run"):
            reader.artifact(candidate.model_copy(update={"artifacts": forged}))
    with pytest.raises(LedgerError, match="cannot be a directory of a cell"):
        reader.cell_directory(finished(1).model_copy(update={"directory": ".."}))


def test_a_directory_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"is not a run: it has no run\.json; name another one"):
        list(RunReader(tmp_path).cells())


@pytest.mark.parametrize("file", ["run.json", "ledger.jsonl", "cells/target/fake-t1/cell.json"])
def test_another_schema_is_refused_in_one_sentence(run: Path, file: str) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1,)))
        write_cell(writer, finished(1))
    path = run / file
    path.write_text(path.read_text().replace('"schema_version":1', '"schema_version":2'))
    reader = RunReader(run)
    with pytest.raises(SchemaError, match=r"has schema 2 and this version reads 1; read it") as no:
        read_all(reader)
    assert path.name in str(no.value)
    assert "\n" not in str(no.value)


def test_a_run_of_another_schema_is_neither_checked_nor_opened(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run))
    path = run / "run.json"
    path.write_text(path.read_text().replace('"schema_version":1', '"schema_version":99'))
    with pytest.raises(SchemaError, match="has schema 99"):
        check_free(run, "two", resume=True)
    with pytest.raises(SchemaError, match="has schema 99"):
        RunWriter(run, "two", "main").open(resume=True)


def test_a_damaged_line_is_named_by_its_number(run: Path) -> None:
    with writing(run) as writer:
        writer.write_run(about(run, (1, 2)))
        for number in (1, 2):
            write_cell(writer, finished(number))
    path = run / "ledger.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"line": \n' + second)
    with pytest.raises(SchemaError, match=r"line 2 of .* is damaged; remove it"):
        list(RunReader(run).cells())
