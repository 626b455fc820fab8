from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.checks import CheckContext, ToolCalls
from pytest_harness.checks.tool_calls import _any_order
from pytest_harness.records import ToolCall


def called(context: CheckContext, *names: str) -> CheckContext:
    return replace(context, tool_calls=tuple(ToolCall(name=name) for name in names))


@pytest.mark.parametrize(
    ("mode", "expected", "calls", "score"),
    [
        ("in-order", ["read", "edit"], ["read", "shell", "edit"], 1),
        ("in-order", ["edit", "read"], ["read", "edit"], Fraction(1, 2)),
        ("in-order", ["mcp_*"], ["mcp_search"], 1),
        ("exact", ["read", "edit"], ["read", "edit"], 1),
        ("exact", ["read", "edit"], ["read", "edit", "edit"], 0),
        ("exact", [], [], 1),
        ("any-order", ["edit", "read"], ["read", "edit"], 1),
        ("any-order", ["edit", "edit"], ["edit"], Fraction(1, 2)),
        ("any-order", ["*", "edit"], ["edit", "read"], 1),
        ("none", [], [], 1),
        ("none", [], ["shell"], 0),
    ],
)
def test_modes(
    context: CheckContext, mode: str, expected: Sequence[str], calls: Sequence[str], score: Fraction
) -> None:
    assert ToolCalls("x", expected, mode=mode).grade(called(context, *calls)).score == score


def test_a_forbidden_call_leaves_no_marks(context: CheckContext) -> None:
    check = ToolCalls("x", ["read"], forbidden=["shell*"])
    assert check.grade(called(context, "read")).score == 1
    verdict = check.grade(called(context, "read", "shell_exec"))
    assert verdict.score == 0
    assert "shell_exec" in verdict.reason


def test_only_forbidding_is_enough(context: CheckContext) -> None:
    check = ToolCalls("x", forbidden="shell")
    assert check.problem() is None
    assert check.grade(called(context)).score == 1


def test_the_baseline_has_no_marks(context: CheckContext) -> None:
    assert ToolCalls("x", mode="none").grade(context).score == 0


def test_a_wrong_declaration_is_said() -> None:
    assert "mode" in (ToolCalls("x", ["a"], mode="sorted").problem() or "")
    assert "expects nothing" in (ToolCalls("x").problem() or "")
    assert "leave one" in (ToolCalls("x", ["a"], mode="none").problem() or "")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from(["a", "b", "[ab]", "*"])))
def test_any_order_never_counts_a_call_twice(calls: list[str], patterns: list[str]) -> None:
    assert _any_order(calls, patterns) <= min(len(calls), len(patterns))
    assert _any_order(calls, calls) == len(calls)
