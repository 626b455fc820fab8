"""Writing files."""

from __future__ import annotations

import os
import stat

import pytest

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.write_file import WRITE_BYTES

from .conftest import Bench


def test_a_new_file_with_its_directories(bench: Bench) -> None:
    before = os.umask(0o027)
    try:
        outcome = bench.call("write_file", path="a/b/c.txt", content="ä\n")
    finally:
        os.umask(before)
    place = bench.workspace / "a/b/c.txt"
    assert place.read_bytes() == "ä\n".encode()
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert outcome.text == "a/b/c.txt was written: 3 bytes."
    assert (outcome.work, outcome.paths) == (Work.EDIT, ("a/b/c.txt",))
    assert sorted(path.name for path in bench.workspace.rglob("*")) == ["a", "b", "c.txt"]


def test_writing_over_a_file_keeps_its_mode(bench: Bench) -> None:
    place = bench.put("run.sh", "old")
    place.chmod(0o755)
    assert "written over" in bench.call("write_file", path="run.sh", content="new").text
    assert place.read_text() == "new"
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
    assert bench.entries() == ["run.sh"]


def test_a_file_with_a_second_name_elsewhere_changes_only_here(bench: Bench) -> None:
    os.link(bench.outside / "secret.txt", bench.workspace / "a")
    assert not bench.call("write_file", path="a", content="mine").failed
    assert (bench.workspace / "a").read_text() == "mine"


def test_what_is_too_large_is_refused(bench: Bench) -> None:
    assert not bench.call("write_file", path="a", content="x" * WRITE_BYTES).failed
    outcome = bench.call("write_file", path="a", content="ä" * (WRITE_BYTES // 2 + 1))
    assert outcome.refused
    assert str(WRITE_BYTES) in outcome.text
    assert (bench.workspace / "a").stat().st_size == WRITE_BYTES


@pytest.mark.parametrize("path", ["sub", "sub/", "new/", "."])
def test_a_directory_is_no_file(bench: Bench, path: str) -> None:
    (bench.workspace / "sub").mkdir()
    outcome = bench.call("write_file", path=path, content="x")
    assert outcome.failed
    assert "a directory" in outcome.text
    assert bench.entries() == ["sub"]


def test_nothing_is_made_below_a_file(bench: Bench) -> None:
    bench.put("a", "stays")
    outcome = bench.call("write_file", path="a/b", content="x")
    assert "a is no directory" in outcome.text
    assert (bench.workspace / "a").read_text() == "stays"


def test_a_read_only_file_stays(bench: Bench) -> None:
    place = bench.put("a", "stays")
    place.chmod(0o444)
    for outcome in (
        bench.call("write_file", path="a", content="x"),
        bench.call("replace_text", path="a", old="stays", new="x"),
    ):
        assert outcome.failed
        assert "read-only" in outcome.text
    assert place.read_text() == "stays"


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put("a", "old")

    def full(*args: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    outcome = bench.call("write_file", path="a", content="new")
    assert outcome.failed
    assert "No space left on device" in outcome.text
    assert (bench.workspace / "a").read_text() == "old"
    assert bench.entries() == ["a"]


@pytest.mark.parametrize("path", ["a\nb", "tab\there", "a\x1b"])
def test_names_that_nobody_means_are_refused(bench: Bench, path: str) -> None:
    assert bench.call("write_file", path=path, content="x").refused
    assert bench.entries() == []
