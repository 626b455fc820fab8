"""Searching by regular expression, in a process that can be ended."""

from __future__ import annotations

import pytest

from pytest_harness.model.tools import regular

from .conftest import Bench


def test_lines_that_match(live: Bench) -> None:
    live.put("a.py", "def one():\n    return 1\r\n\ndef two():\n")
    live.put("b.bin", b"def\0")
    live.put("c.txt", "class A:\n")
    outcome = live.call("search_files", pattern=r"^(def|class) \w+", regex=True)
    assert outcome.text.split("\n")[:-1] == [
        "a.py:1: def one():",
        "a.py:4: def two():",
        "c.txt:1: class A:",
    ]
    assert live.call("search_files", pattern=r"1$", regex=True).text.startswith("a.py:2:")
    assert live.call("search_files", pattern=r"^$", regex=True, path="a.py").text == "a.py:3: "


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(?L)a", "(" * 500, "[z-a]"])
def test_what_is_no_pattern_is_refused_with_the_reason(live: Bench, pattern: str) -> None:
    outcome = live.call("search_files", pattern=pattern, regex=True)
    assert outcome.refused
    assert "is no regular expression" in outcome.text


def test_a_pattern_that_would_never_end_is_ended(
    live: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regular, "SEARCH_SECONDS", 1.0)
    live.put("a", "a" * 60 + "!\n")
    outcome = live.call("search_files", pattern="(a|a)*b|(a+)+$", regex=True)
    assert outcome.failed
    assert not outcome.refused
    assert "took longer than 1 s" in outcome.text


def test_no_search_begins_once_the_time_is_over(live: Bench) -> None:
    live.seconds = 0.0
    assert "no time is left" in live.call("search_files", pattern="a", regex=True).text


def test_a_file_of_the_workspace_is_not_imported_by_the_search(live: Bench) -> None:
    live.put("json.py", "raise SystemExit(3)")
    live.put("re.py", "raise SystemExit(3)")
    assert live.call("search_files", pattern="3.$", regex=True).text.startswith("json.py:1:")
