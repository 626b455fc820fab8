"""Only what is on the allow list, or named, reaches a process."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.runtime import base_environment

HOME, TMP = Path("/h"), Path("/t")


def test_what_is_let_through() -> None:
    source = {
        "PATH": "/bin",
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "TZ": "UTC",
        "TERM": "xterm",
        "HOME": "/home/me",
        "TMPDIR": "/var/tmp",
        "OPENAI_API_KEY": "secret",
        "PYTEST_ADDOPTS": "-x",
        "PYTHONPATH": "/x",
        "https_proxy": "http://proxy:3128",
        "HTTP_PROXY": "http://me:secret@proxy:3128",
    }
    assert base_environment(source, HOME, TMP) == {
        "PATH": "/bin",
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "TZ": "UTC",
        "https_proxy": "http://proxy:3128",
        "TERM": "dumb",
        "HOME": "/h",
        "TMPDIR": "/t",
        "TMP": "/t",
        "TEMP": "/t",
    }


def test_named_and_extra_variables() -> None:
    made = base_environment(
        {"KEY": "k", "OTHER": "o"}, HOME, TMP, {"A": "1", "HOME": "/mine"}, names=["KEY", "NONE"]
    )
    assert made["KEY"] == "k"
    assert made["A"] == "1"
    assert made["HOME"] == "/mine"
    assert not {"OTHER", "NONE"} & made.keys()


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_there_is_always_a_path_and_a_home(source: dict[str, str]) -> None:
    made = base_environment(source, HOME, TMP)
    assert made["PATH"]
    assert made["HOME"] == "/h"
    assert not any("KEY" in name for name in made)
