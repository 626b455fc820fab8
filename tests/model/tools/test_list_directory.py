"""Listing directories."""

from __future__ import annotations

import os
import subprocess

import pytest

from pytest_harness.backends.events import Work
from pytest_harness.model.tools import tree
from pytest_harness.model.tools.list_directory import LISTED

from .conftest import Bench


def test_one_directory_and_all_below(bench: Bench) -> None:
    for path in ("b.py", "a/one.txt", "a/deep/two.txt", "c/x"):
        bench.put(path)
    (bench.workspace / "link").symlink_to("a/one.txt")
    flat = bench.call("list_directory")
    assert flat.text == "a/\nb.py\nc/\nlink -> a/one.txt"
    assert (flat.work, flat.paths, flat.summary) == (Work.READ, (), ".")
    assert bench.call("list_directory", path="a", recursive=True).text == (
        "a/deep/\na/deep/two.txt\na/one.txt"
    )


def test_what_tools_make_is_left_out_unless_asked_for(bench: Bench) -> None:
    for path in ("a.py", "__pycache__/a.pyc", "__pycache__/note.txt", ".git/config"):
        bench.put(path)
    assert bench.call("list_directory").text == ".git/\na.py"
    assert bench.call("list_directory", recursive=True).text == ".git/\na.py"
    assert bench.call("list_directory", path="__pycache__").text == (
        "__pycache__/a.pyc\n__pycache__/note.txt"
    )
    assert bench.call("list_directory", path=".git", recursive=True).text == ".git/config"


def test_an_empty_directory(bench: Bench) -> None:
    assert bench.call("list_directory").text == "[nothing is in it]"


def test_only_so_many_entries_are_given(bench: Bench) -> None:
    for number in range(LISTED + 1):
        bench.put(f"f{number:04}")
    *lines, note = bench.call("list_directory").text.split("\n")
    assert lines == [f"f{number:04}" for number in range(LISTED)]
    assert note.startswith(f"[there are more than these {LISTED}")
    (bench.workspace / "f0000").unlink()
    assert bench.call("list_directory").text.split("\n")[-1] == f"f{LISTED:04}"


def test_only_so_many_entries_are_looked_at(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        bench.put(f"d{number % 3}/f{number}", "word")
    monkeypatch.setattr(tree, "MAX_ENTRIES", 7)
    *lines, note = bench.call("list_directory", recursive=True).text.split("\n")
    assert len(lines) == 7
    assert "entries were looked at" in note
    assert "entries were looked at" in bench.call("search_files", pattern="word").text


def test_odd_names_stay_on_one_line(bench: Bench) -> None:
    bench.put("two\nlines\x1b[31m")
    odd = os.fsencode(bench.workspace) + b"/caf\xe9"
    os.close(os.open(odd, os.O_CREAT | os.O_WRONLY))
    assert bench.call("list_directory").text == "caf\\xe9\ntwo\\nlines\\x1b[31m"


def test_what_is_no_directory(bench: Bench) -> None:
    bench.put("a.txt")
    assert "is no directory" in bench.call("list_directory", path="a.txt").text
    assert "does not exist" in bench.call("list_directory", path="none").text


def test_special_files_are_named_as_such(bench: Bench) -> None:
    os.mkfifo(bench.workspace / "pipe")
    assert bench.call("list_directory").text == "pipe (a pipe, a socket or a device)"


def test_a_very_deep_tree_is_listed_as_far_as_paths_reach(bench: Bench) -> None:
    here = os.open(bench.workspace, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        text = bench.call("list_directory", recursive=True).text
        found = bench.call("search_files", pattern="x")
    finally:
        # Later sessions of pytest would try to remove it, and end in a RecursionError.
        subprocess.run(["rm", "-rf", bench.workspace / "d"], check=True)
    assert text.startswith("d/\nd/d/\n")
    assert text.endswith("entries were looked at]")
    assert not found.failed
