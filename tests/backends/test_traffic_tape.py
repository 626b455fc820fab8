"""Files of traffic are whole, and the right one is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_harness.backends.traffic.tape import Exchange, Head, Tape, find
from pytest_harness.errors import BackendError
from pytest_harness.records import Point
from tests.backends.test_cassette import request


def tape(trial: int = 1, backend: str = "codex") -> Tape:
    exchanges = tuple(Exchange(method="POST", path="/responses", status=200) for _ in range(2))
    head = Head(
        cell="c",
        point=Point(backend=backend, trial=trial),
        round=1,
        attempt=1,
        backend=backend,
        provider="p",
        exchanges=2,
    )
    return Tape(head, exchanges)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    tape().write(tmp_path / "a" / "c0001.jsonl")
    assert Tape.read(tmp_path / "a" / "c0001.jsonl") == tape()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["c0001.jsonl"]


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c0001.jsonl"
    tape().write(path)
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(BackendError, match="was cut: 1 of 2 are left"):
        Tape.read(path)
    path.write_bytes(whole[:-20])
    with pytest.raises(BackendError, match="cannot be read: this is not a Exchange"):
        Tape.read(path)
    path.unlink()
    with pytest.raises(BackendError, match="record it again with --harness-record-traffic"):
        Tape.read(path)


def test_a_file_a_cell_and_all_cells_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "target" / "codex-t1" / "c0001.jsonl"
    tape().write(file)
    tape(2).write(tmp_path / "target" / "codex-t2" / "c0001.jsonl")
    tape(1, "claude").write(tmp_path / "target" / "claude-t1" / "c0001.jsonl")
    tape().write(tmp_path / "other" / "codex-t1" / "c0001.jsonl")
    wanted = replace(request(tmp_path), point=Point(backend="codex", trial=1))
    assert find(file, wanted, "codex") == file
    assert find(file.parent, wanted, "codex") == file
    assert find(tmp_path, wanted, "codex") == file
    second = replace(wanted, round=2, attempt=2)
    assert find(tmp_path, second, "codex") == file.with_name("c0002.2.jsonl")


def test_none_and_several_are_refused(tmp_path: Path) -> None:
    wanted = replace(request(tmp_path), point=Point(backend="codex", trial=1))
    with pytest.raises(BackendError, match="no traffic of codex for the cell lies in"):
        find(tmp_path, wanted, "codex")
    for name in ("codex-a-t1", "codex-b-t1"):
        tape().write(tmp_path / "target" / name / "c0001.jsonl")
    with pytest.raises(BackendError, match="codex-a-t1, codex-b-t1; name the directory of one"):
        find(tmp_path, wanted, "codex")
