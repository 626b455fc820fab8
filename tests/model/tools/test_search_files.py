"""Searching text, where no process is needed."""

from __future__ import annotations

import os

import pytest

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.search_files import FILE_BYTES, HITS, LINE, PATTERN

from .conftest import Bench


def test_lines_with_their_places(bench: Bench) -> None:
    bench.put("b.py", "import os\nprint(os.name)\n")
    bench.put("a/x.txt", "os (a.b)\r\nnothing\n")
    outcome = bench.call("search_files", pattern="os")
    assert outcome.text == "a/x.txt:1: os (a.b)\nb.py:1: import os\nb.py:2: print(os.name)"
    assert (outcome.work, outcome.paths, outcome.summary) == (Work.READ, (), "os")
    assert bench.call("search_files", pattern="(a.b)", path="a").text == "a/x.txt:1: os (a.b)"
    assert bench.call("search_files", pattern="os", path="b.py").text.count("\n") == 1
    assert bench.call("search_files", pattern="OS").text == "[no line was found]"


def test_what_is_not_searched_is_told(bench: Bench) -> None:
    bench.put("large.txt", "word\n" * (FILE_BYTES // 5 + 1))
    bench.put("binary", b"word\0")
    bench.put("just.txt", b"word" + b" " * (FILE_BYTES - 4))
    bench.put("__pycache__/x.txt", "word")
    bench.put(".git/x", "word")
    (bench.workspace / "link").symlink_to("just.txt")
    hit, note = bench.call("search_files", pattern="word").text.split("\n")
    assert hit.startswith("just.txt:1: word")
    assert note == ("[files over 1 MiB are not searched: 1; binary files are not searched: 1]")


def test_only_so_many_lines_are_given(bench: Bench) -> None:
    bench.put("a", "hit\n" * HITS)
    assert bench.call("search_files", pattern="hit").text.endswith(f"a:{HITS}: hit")
    bench.put("b", "hit\n")
    *lines, note = bench.call("search_files", pattern="hit").text.split("\n")
    assert len(lines) == HITS
    assert note.startswith(f"[there are more than these {HITS}")


def test_a_long_line_is_cut_around_what_was_found(bench: Bench) -> None:
    bench.put("a", "ä" * 5000 + "needle" + "y" * 5000)
    text = bench.call("search_files", pattern="needle").text
    assert "needle" in text
    assert len(text) < LINE + 30
    assert text.startswith("a:1: [...]ä")
    assert text.endswith("y[...]")


def test_bytes_that_are_not_utf_8(bench: Bench) -> None:
    bench.put("a", b"caf\xe9 noir\n")
    assert bench.call("search_files", pattern="noir").text == "a:1: caf\\xe9 noir"


@pytest.mark.parametrize("pattern", ["", "x" * (PATTERN + 1), "two\nlines"])
def test_patterns_that_cannot_be_searched(bench: Bench, pattern: str) -> None:
    assert bench.call("search_files", pattern=pattern).refused


def test_a_pipe_does_not_hold_a_search(bench: Bench) -> None:
    os.mkfifo(bench.workspace / "pipe")
    assert bench.call("search_files", pattern="x").text == "[no line was found]"
    assert bench.call("search_files", pattern="x", path="pipe").refused
