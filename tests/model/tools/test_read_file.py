"""Reading files."""

from __future__ import annotations

import pytest

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.read_file import READ_BYTES, SCAN_BYTES

from .conftest import Bench


def test_a_file_is_given_as_it_is(bench: Bench) -> None:
    bench.put("src/a.py", "def f():\n    return 'ä'\n")
    outcome = bench.call("read_file", path="src/a.py")
    assert outcome.text == "def f():\n    return 'ä'\n"
    assert (outcome.work, outcome.paths, outcome.summary) == (Work.READ, ("src/a.py",), "src/a.py")
    assert not outcome.failed


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"start_line": 2, "end_line": 3}, "2\n3\n[lines 2 to 3 of 5]"),
        ({"start_line": 4}, "4\n5\n[lines 4 to 5 of 5]"),
        ({"end_line": 1}, "1\n[line 1 of 5]"),
        ({"start_line": 5, "end_line": 99}, "5\n[line 5 of 5]"),
        ({"start_line": None, "end_line": None}, "1\n2\n3\n4\n5"),
        ({"start_line": 1.0, "end_line": 2.0}, "1\n2\n[lines 1 to 2 of 5]"),
    ],
)
def test_lines_can_be_chosen(bench: Bench, given: dict[str, object], text: str) -> None:
    bench.put("a", "1\n2\n3\n4\n5")
    assert bench.call("read_file", path="a", **given).text == text


def test_lines_that_are_not_there(bench: Bench) -> None:
    bench.put("a", "1\n2\n")
    beyond = bench.call("read_file", path="a", start_line=9)
    assert beyond.failed
    assert not beyond.refused
    assert "has 2 lines" in beyond.text
    backwards = bench.call("read_file", path="a", start_line=2, end_line=1)
    assert backwards.refused


def test_an_empty_file_is_said_to_be_empty(bench: Bench) -> None:
    bench.put("a")
    assert bench.call("read_file", path="a").text == "[the file is empty]"


def test_a_large_file_is_read_in_parts_that_hold_it_all(bench: Bench) -> None:
    lines = [f"line {number} {'x' * (number % 90)}" for number in range(1, 6001)]
    bench.put("a", "\n".join(lines) + "\n")
    got: list[str] = []
    parts = 0
    while len(got) < len(lines):
        outcome = bench.call("read_file", path="a", start_line=len(got) + 1)
        assert len(outcome.text) <= READ_BYTES + 200
        *text, note = outcome.text.split("\n")
        got += text
        parts += 1
        if len(got) < len(lines):
            assert note.endswith(f"of 6000; read on with start_line={len(got) + 1}]")
    assert got == lines
    assert parts > 2


def test_a_line_that_is_too_long_is_cut_and_the_next_can_be_read(bench: Bench) -> None:
    bench.put("a", "x" * (3 * READ_BYTES) + "\nlast\n")
    outcome = bench.call("read_file", path="a")
    assert outcome.text.startswith("x" * READ_BYTES + "\n[line 1 of 2; the end of line 1 is left")
    assert "start_line=2" in outcome.text
    assert bench.call("read_file", path="a", start_line=2).text == "last\n[line 2 of 2]"


def test_line_ends_are_told(bench: Bench) -> None:
    bench.put("a", b"one\r\ntwo\r\n")
    assert bench.call("read_file", path="a").text == "one\ntwo\n[lines end in CRLF]"


def test_bytes_that_are_not_utf_8_are_escaped(bench: Bench) -> None:
    bench.put("a", b"caf\xe9 au lait\n")
    assert bench.call("read_file", path="a").text == "caf\\xe9 au lait\n"


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF\0\0", b"text\n" * 4000 + b"\0", bytes(range(128, 256)) * 9],
    ids=["early", "late", "no-utf-8"],
)
def test_binary_data_is_not_dumped(bench: Bench, data: bytes) -> None:
    bench.put("a", data)
    outcome = bench.call("read_file", path="a")
    assert outcome.failed
    assert f"binary data, which is not shown ({len(data)} bytes)" in outcome.text


def test_a_huge_file_is_not_read_to_its_end(bench: Bench) -> None:
    place = bench.put("a", "one\n" * 9000)
    with place.open("r+b") as file:
        file.truncate(1 << 40)
    assert bench.call("read_file", path="a", end_line=2).text == "one\none\n[lines 1 to 2]"
    beyond = bench.call("read_file", path="a", start_line=10**9)
    assert beyond.failed
    assert f"beyond its first {SCAN_BYTES >> 20} MiB" in beyond.text


def test_directories_and_missing_files_are_failures_and_not_refused(bench: Bench) -> None:
    (bench.workspace / "sub").mkdir()
    for path, words in (("sub", "is a directory"), ("no", "does not exist"), (".", "a directory")):
        outcome = bench.call("read_file", path=path)
        assert outcome.failed
        assert not outcome.refused
        assert words in outcome.text
        assert outcome.paths == ()


def test_what_the_harness_wrote_there_can_be_read(bench: Bench) -> None:
    bench.put(".pytest-harness/history.md", "earlier\n")
    assert bench.call("read_file", path=".pytest-harness/history.md").text == "earlier\n"
