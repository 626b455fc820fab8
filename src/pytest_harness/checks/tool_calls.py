"""The agent used the right tools."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from fnmatch import fnmatchcase
from typing import ClassVar

from pytest_harness.checks.base import Check, CheckContext, Verdict
from pytest_harness.checks.files import as_tuple


class ToolOrder(enum.StrEnum):
    """How the calls that were made are held against those that were expected."""

    IN_ORDER = "in-order"
    """The expected ones in their order; others may come between."""
    EXACT = "exact"
    """The expected ones in their order, and no others."""
    ANY_ORDER = "any-order"
    """The expected ones, each as often as it is named; others may be there."""
    NONE = "none"
    """No call at all."""


@dataclass(frozen=True)
class ToolCalls(Check):
    """Which tools the agent called, in which order, or that it called none.

    Names are patterns as in a shell: ``mcp_*``. `ToolOrder.IN_ORDER` and `ToolOrder.ANY_ORDER`
    give the share of expected calls that were found, the others all or nothing. One forbidden call
    leaves no marks, and neither does a candidate without a record of calls, as the baseline.
    """

    open_by_nature: ClassVar[bool] = True

    expected: str | Sequence[str] = ()
    """Names or patterns of tools."""
    _: KW_ONLY
    mode: ToolOrder | str = ToolOrder.IN_ORDER
    """How they are compared."""
    forbidden: str | Sequence[str] = ()
    """Names or patterns of tools that must not be called."""

    def problem(self) -> str | None:
        """Say what is wrong with the declaration."""
        expected, forbidden = as_tuple(self.expected), as_tuple(self.forbidden)
        try:
            mode = ToolOrder(self.mode)
        except ValueError:
            known = ", ".join(repr(str(each)) for each in ToolOrder)
            return f"it has the mode {self.mode!r}; use one of {known}"
        if not all((*expected, *forbidden)):
            return "it has an empty tool name; remove it"
        if mode is ToolOrder.NONE and expected:
            return "it expects calls and has the mode 'none'; leave one of them out"
        if mode is not ToolOrder.NONE and not expected and not forbidden:
            return "it expects nothing; name tools, or use mode='none'"
        return None

    def grade(self, context: CheckContext) -> Verdict:
        """Compare the calls that were made with the expected ones."""
        if context.tool_calls is None:
            return Verdict.share(0, 1, "there is no record of tool calls")
        calls = [call.name for call in context.tool_calls]
        expected = as_tuple(self.expected)
        tail = "\n".join(calls)
        bad = [name for name in calls if _any(name, as_tuple(self.forbidden))]
        if bad:
            listed = ", ".join(dict.fromkeys(bad))
            return Verdict.share(0, 1, f"forbidden tools were called: {listed}", tail)
        match ToolOrder(self.mode):
            case ToolOrder.NONE:
                good, of, wanted = int(not calls), 1, "no call"
            case ToolOrder.EXACT:
                same = len(calls) == len(expected) and all(map(fnmatchcase, calls, expected))
                good, of, wanted = int(same), 1, f"exactly {', '.join(expected) or 'no call'}"
            case ToolOrder.IN_ORDER:
                good, of, wanted = _in_order(calls, expected), len(expected), ", ".join(expected)
            case ToolOrder.ANY_ORDER:
                good, of, wanted = _any_order(calls, expected), len(expected), ", ".join(expected)
        if not of:
            return Verdict.share(1, 1, "no forbidden tool was called")
        if good == of:
            return Verdict.share(good, of, "the tools were called as expected")
        return Verdict.share(good, of, f"expected {wanted} and saw {_listed(calls)}", tail)


def _any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _listed(calls: Sequence[str]) -> str:
    shown = ", ".join(calls[:12]) or "no call"
    return f"{shown}, ... ({len(calls)} calls)" if len(calls) > 12 else shown


def _in_order(calls: Sequence[str], expected: Sequence[str]) -> int:
    """Count the expected calls that come one after the other, up to the first that is missing."""
    found = 0
    for name in calls:
        if found < len(expected) and fnmatchcase(name, expected[found]):
            found += 1
    return found


def _any_order(calls: Sequence[str], expected: Sequence[str]) -> int:
    """Count how many patterns can each have a call of their own (a largest bipartite matching)."""
    owner: dict[int, int] = {}

    def place(pattern: int, tried: set[int]) -> bool:
        for index, name in enumerate(calls):
            if index in tried or not fnmatchcase(name, expected[pattern]):
                continue
            tried.add(index)
            if index not in owner or place(owner[index], tried):
                owner[index] = pattern
                return True
        return False

    return sum(place(pattern, set()) for pattern in range(len(expected)))
