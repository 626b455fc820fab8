"""Replacing text."""

from __future__ import annotations

import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.replace_text import FILE_BYTES

from .conftest import Bench


def test_what_stands_there_once_is_replaced(bench: Bench) -> None:
    place = bench.put("a.py", "one\ntwo\nthree\n")
    place.chmod(0o750)
    outcome = bench.call("replace_text", path="a.py", old="two\n", new="2\n2\n")
    assert place.read_text() == "one\n2\n2\nthree\n"
    assert stat.S_IMODE(place.stat().st_mode) == 0o750
    assert outcome.text == "a.py was changed in line 2."
    assert (outcome.work, outcome.paths, outcome.summary) == (Work.EDIT, ("a.py",), "a.py")


def test_text_can_be_taken_out(bench: Bench) -> None:
    place = bench.put("a", "keep drop keep")
    assert not bench.call("replace_text", path="a", old=" drop", new="").failed
    assert place.read_text() == "keep keep"


@pytest.mark.parametrize(
    ("text", "old", "words"),
    [
        ("x\nab\nx\n", "x", "2 times, in lines 1, 3;"),
        ("aaa", "aa", "2 times, in lines 1;"),
        ("x\n" * 50, "x", "50 times, in lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and further;"),
        ("x" * 5000, "x", "at least 100 times"),
    ],
)
def test_what_stands_there_more_than_once_is_counted(
    bench: Bench, text: str, old: str, words: str
) -> None:
    place = bench.put("a", text)
    outcome = bench.call("replace_text", path="a", old=old, new="y")
    assert outcome.failed
    assert not outcome.refused
    assert words in outcome.text
    assert place.read_text() == text


@pytest.mark.parametrize(
    ("old", "words"),
    [
        ("def f(a):\n  return a", "lines 3 to 4 differ only in white space"),
        ("def  f(a):", "line 3 differs only in white space"),
        ("def g(a):\n    return a", "Lines like its first: line 3: def f(a):"),
        ("nothing like it at all", "nor anything like its first line"),
        ("\n\n\n", "does not stand in a.py"),
    ],
)
def test_near_misses_are_told_by_line(bench: Bench, old: str, words: str) -> None:
    bench.put("a.py", "# f\n\ndef f(a):\n    return a\n")
    outcome = bench.call("replace_text", path="a.py", old=old, new="x")
    assert outcome.failed
    assert not outcome.refused
    assert words in outcome.text


def test_other_bytes_stay_as_they_are(bench: Bench) -> None:
    place = bench.put("a", b"\xff\xfe caf\xe9\r\nold\nend")
    assert not bench.call("replace_text", path="a", old="old", new="n\u00e9w").failed
    assert place.read_bytes() == b"\xff\xfe caf\xe9\r\nn\xc3\xa9w\nend"


@pytest.mark.parametrize(
    ("data", "old", "new", "after", "note"),
    [
        (b"a\r\nb\r\nc\r\n", "a\nb", "x\ny", b"x\r\ny\r\nc\r\n", "CRLF"),
        (b"a\r\nb\r\n", "b", "x\ny", b"a\r\nx\r\ny\r\n", "CRLF"),
        (b"a\r\nb\r\n", "a\r\nb", "x\r\ny", b"x\r\ny\r\n", ""),
        (b"a\nb\n", "a\r\nb", "x\r\ny", b"x\ny\n", "LF"),
        (b"a\r\nb\nc\n", "b\nc", "x\ny", b"a\r\nx\ny\n", ""),
        (b"a\r\nb\nc\n", "a\nb", "x\ny", b"x\r\ny\nc\n", "CRLF"),
    ],
)
def test_line_ends_are_those_of_the_file(
    bench: Bench, data: bytes, old: str, new: str, after: bytes, note: str
) -> None:
    place = bench.put("a", data)
    outcome = bench.call("replace_text", path="a", old=old, new=new)
    assert place.read_bytes() == after
    assert ("line ends" in outcome.text) is bool(note)
    assert note in outcome.text


def test_what_makes_no_sense_is_refused(bench: Bench) -> None:
    bench.put("a", "text")
    assert "old is empty" in bench.call("replace_text", path="a", old="", new="x").text
    assert "are the same" in bench.call("replace_text", path="a", old="e", new="e").text
    missing = bench.call("replace_text", path="b", old="e", new="x")
    assert "write_file makes files" in missing.text


def test_binary_and_large_files_stay(bench: Bench) -> None:
    binary = bench.put("binary", b"\0old")
    large = bench.put("large", b"old" + b" " * FILE_BYTES)
    assert "binary" in bench.call("replace_text", path="binary", old="old", new="x").text
    assert "larger than" in bench.call("replace_text", path="large", old="old", new="x").text
    assert binary.read_bytes() == b"\0old"
    assert large.read_bytes()[:3] == b"old"


def test_mistakes_in_a_hostile_file_cost_little(bench: Bench) -> None:
    bench.put("periodic", b"a" * (4 << 20))
    bench.put("rows", b"a\n" * (2 << 20))
    assert "times" in bench.call("replace_text", path="periodic", old="a" * 900_000, new="").text
    assert bench.call("replace_text", path="rows", old="a\n" * 400_000 + "b", new="").failed
    assert bench.call("replace_text", path="periodic", old="b" * 900_000, new="").failed


@given(before=st.binary(max_size=40), old=st.text(min_size=1, max_size=5), after=st.binary())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_change_changes_nothing_else(bench: Bench, before: bytes, old: str, after: bytes) -> None:
    data = before + old.encode() + after
    place = bench.put("a", data)
    outcome = bench.call("replace_text", path="a", old=old, new="<new>")
    if outcome.failed:
        assert place.read_bytes() == data
    else:
        assert place.read_bytes() == before + b"<new>" + after
