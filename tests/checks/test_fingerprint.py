from __future__ import annotations

import enum
import functools
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.checks import Command, FileContains, Python, describe_check, describe_value
from pytest_harness.errors import TargetError


class Colour(enum.Enum):
    RED = 1


def test_every_field_counts() -> None:
    check = Command("x", "true")
    others = [
        Command("y", "true"),
        Command("x", "false"),
        Command("x", ["true"]),
        Command("x", "true", weight=2.0),
        Command("x", "true", required=True),
        Command("x", "true", expect_exit=1),
        Command("x", "true", expect_exit={1, 2}),
        Command("x", "true", env={"A": "b"}),
        FileContains("x", "true"),
    ]
    texts = {describe_check(each) for each in (check, *others)}
    assert len(texts) == len(others) + 1
    assert describe_check(check) == describe_check(Command("x", "true"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        ("1", 1),
        ("a", b"b"),
        ("a", Path("a")),
        ("RED", Colour.RED),
        (["a", "b"], ["a, b"]),
        (["a"], {"a"}),
        (re.compile("a"), re.compile("a", re.IGNORECASE)),
        (Fraction(1, 2), 0.5),
        (functools.partial(int, base=2), functools.partial(int, base=3)),
        (int, float),
        (len, max),
        (None, "None"),
    ],
)
def test_different_values_have_different_text(one: object, other: object) -> None:
    assert describe_value(one) != describe_value(other)


def made(source: str) -> Callable[..., object]:
    names: dict[str, object] = {"__name__": "made"}
    exec(compile(source, "made.py", "exec"), names)  # noqa: S102
    found = names["f"]
    assert callable(found)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(w): return 1", "def f(w): return 2"),
        ("def f(w): return w.a", "def f(w): return w.b"),
        ("def f(w, a=1): return a", "def f(w, a=2): return a"),
        (
            "def f(w):\n  def g(): return 1\n  return g",
            "def f(w):\n  def g(): return 2\n  return g",
        ),
        ("def g(): return 1\ndef f(w): return g()", "def g(): return 2\ndef f(w): return g()"),
        ("A = 1\ndef f(w): return A", "A = 2\ndef f(w): return A"),
        ("def h(n):\n  return lambda w: n\nf = h(1)", "def h(n):\n  return lambda w: n\nf = h(2)"),
        (
            "class f:\n  @staticmethod\n  def g(): return 1",
            "class f:\n  @staticmethod\n  def g(): return 2",
        ),
    ],
)
def test_the_code_of_a_callable_counts(one: str, other: str) -> None:
    assert describe_value(made(one)) != describe_value(made(other))
    assert describe_value(made(one)) == describe_value(made("\n\n# moved\n" + one))


def test_functions_that_call_each_other_are_no_trap() -> None:
    source = "def g(w): return f(w)\ndef f(w): return g(w)"
    assert describe_value(made(source)) == describe_value(made(source))


PROGRAM = """
from pathlib import Path
from pytest_harness.checks import *
words = {"alpha", "beta", "gamma"}
def f(w, seen=frozenset({"x", "y", "z"})):
    return any(word in {"one", "two", "three"} for word in seen | words)
def outer():
    marker = object()
    return lambda w: (marker, [w for _ in words])
print(describe_check(Python("x", f)), describe_check(Python("x", outer())))
print(describe_check(Command("x", "true", expect_exit={1, 2, 77}, env={"B": "1", "A": "2"})))
"""


def test_the_text_is_the_same_in_every_process() -> None:
    def said(seed: str) -> bytes:
        argv = [sys.executable, "-c", PROGRAM]
        return subprocess.run(
            argv, env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout

    first = said("1")
    assert b"0x" not in first
    assert first == said("2")


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(TargetError, match=r"check 'x'.*no fingerprint"):
        describe_check(Python("x", functools.partial(print, threading.Lock())))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(), plain))
def test_the_order_of_a_mapping_does_not_count(mapping: dict[str, object]) -> None:
    turned = dict(reversed(mapping.items()))
    assert describe_value(mapping) == describe_value(turned)
