"""Runs are found by name, by path, and as the latest."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.errors import LedgerError
from pytest_harness.ledger import (
    check_run_name,
    find_run,
    list_runs,
    new_run_name,
    run_path,
)

from .samples import about, writing


def make(folder: Path, name: str, age: int = 0) -> Path:
    run = run_path(folder, name)
    with writing(run) as writer:
        writer.write_run(about(run))
    os.utime(run / "run.json", (1_800_000_000 - age, 1_800_000_000 - age))
    return run


def test_latest_is_a_relative_link_to_the_run_written_last(folder: Path) -> None:
    make(folder, "b")
    newest = make(folder, "a")
    link = folder / "runs" / "latest"
    assert link.readlink() == Path("a")
    assert find_run(folder, "latest") == newest
    assert sorted(path.name for path in link.parent.iterdir()) == ["a", "b", "latest"]


def test_latest_is_found_without_the_link(folder: Path) -> None:
    make(folder, "old", age=100)
    newest = make(folder, "new")
    make(folder, "older", age=200)
    (folder / "runs" / "latest").unlink()
    assert find_run(folder, "latest") == newest
    assert [run.name for run in list_runs(folder)] == ["new", "old", "older"]


def test_a_run_is_found_by_name_and_by_path(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make(folder, "one")
    assert find_run(folder, "one") == run
    assert find_run(tmp_path / "elsewhere", str(run)) == run
    monkeypatch.chdir(run.parent)
    assert find_run(tmp_path / "elsewhere", "one") == Path("one")


def test_a_name_that_is_unknown_is_answered_with_those_that_are(folder: Path) -> None:
    with pytest.raises(LedgerError, match="there are no runs at all; start one"):
        find_run(folder, "x")
    with pytest.raises(LedgerError, match=r"there is no run in .*runs; start one"):
        find_run(folder, "latest")
    for age in range(7):
        make(folder, f"r{age}", age=age)
    with pytest.raises(
        LedgerError, match=r"no run 'x' .*; there are r0, r1, r2, r3, r4 and 2 more"
    ):
        find_run(folder, "x")


def test_new_names_are_valid_and_sort_by_time() -> None:
    first = new_run_name(datetime(2026, 11, 21, 1, 23, 45))
    second = new_run_name(datetime(2026, 11, 21, 1, 23, 46))
    assert first.startswith("20261121-012345-")
    assert first < second
    check_run_name(first)


@pytest.mark.parametrize("name", ["", "latest", ".x", "a/b", "..", "ä", "a b", "a\n", "x" * 81])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(LedgerError, match="cannot be the name of a run; use at most 80 ASCII"):
        check_run_name(name)


@given(st.text(max_size=90))
def test_an_accepted_name_is_one_plain_word(name: str) -> None:
    try:
        check_run_name(name)
    except LedgerError:
        return
    assert name.isascii()
    assert Path(name).name == name
    assert len(name) <= 80
