"""Patterns over the matrix: constraints of a target, and expected failures.

A rule names axes and a shell pattern for each; it matches where all its axes match. An axis that a
point does not have (no model was named) matches the pattern ``none`` only.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import FaultScope

AXES = ("target", "backend", "model", "format", "variant", "trial", "test")
"""What a rule can speak of."""

Names = Mapping[str, str | None]
"""The value of each axis for one cell and test, as text."""

RuleLike = str | Mapping[str, str | Sequence[str]]
"""A backend pattern, or patterns by axis."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns by axis; several patterns of one axis are alternatives."""

    patterns: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def read(cls, given: RuleLike) -> Rule:
        """Make a rule; raises `ConfigurationError` for an unknown axis."""
        if isinstance(given, str):
            return cls((("backend", (given,)),))
        if not isinstance(given, Mapping):
            raise ConfigurationError(
                f"{given!r} is no pattern; use a backend's name or a mapping such as "
                "{'backend': 'codex'}"
            )
        for axis in given:
            if axis not in AXES:
                raise ConfigurationError(f"{axis!r} is no axis; use one of {', '.join(AXES)}")
        return cls(
            tuple(
                (axis, (value,) if isinstance(value, str) else tuple(map(str, value)))
                for axis, value in given.items()
            )
        )

    def matches(self, names: Names) -> bool:
        """Whether every axis of the rule matches."""
        return all(
            any(fnmatch.fnmatchcase(names.get(axis) or "none", pattern) for pattern in patterns)
            for axis, patterns in self.patterns
        )

    def __str__(self) -> str:
        return " ".join(f"{axis}={'|'.join(patterns)}" for axis, patterns in self.patterns)


def read_rules(given: RuleLike | Iterable[RuleLike] | None) -> tuple[Rule, ...]:
    """Read one rule or several; raises `ConfigurationError`."""
    if given is None:
        return ()
    if isinstance(given, str | Mapping):
        return (Rule.read(given),)
    return tuple(Rule.read(each) for each in given)


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """Cells that are known to fail, and why."""

    rule: Rule
    """Which cells."""
    reason: str
    """Why; shown in reports."""
    on: FaultScope = FaultScope.ANY
    """Whether a bad score, a fault, or either is expected."""
    strict: bool = False
    """Whether an unexpected pass is a failure."""


def xfail(
    reason: str,
    *,
    on: FaultScope | str = FaultScope.ANY,
    strict: bool = False,
    **patterns: str | Sequence[str],
) -> ExpectedFailure:
    """Declare an expected failure: ``xfail("no key yet", backend="pi", on="fault")``.

    Raises `ConfigurationError` for an unknown axis or scope.
    """
    return ExpectedFailure(Rule.read(patterns), reason, read_scope(str(on)), strict)


def read_xfails(
    given: Mapping[str, str] | Iterable[ExpectedFailure] | None,
) -> tuple[ExpectedFailure, ...]:
    """Read the decorator's ``xfail=``: reasons by backend pattern, or entries made by `xfail`."""
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return tuple(ExpectedFailure(Rule.read(key), reason) for key, reason in given.items())
    entries = (given,) if isinstance(given, ExpectedFailure) else tuple(given)
    for entry in entries:
        if not isinstance(entry, ExpectedFailure):
            raise ConfigurationError(
                f"xfail has the entry {entry!r}; use a mapping of backend to reason, or xfail(...)"
            )
    return entries


def parse_xfail(line: str) -> ExpectedFailure:
    """Read a line of ini ``harness_xfail``: ``backend=pi format=text on=fault: no key yet``.

    Raises `ConfigurationError`.
    """
    head, colon, reason = line.partition(": ")
    if not colon or not reason.strip() or not head.strip():
        raise ConfigurationError(
            f"{line!r} is no expected failure; write 'backend=NAME ...: reason'"
        )
    patterns: dict[str, str] = {}
    scope, strict = FaultScope.ANY, False
    for word in head.split():
        axis, equals, pattern = word.partition("=")
        if not equals:
            patterns["backend"] = word
        elif axis == "on":
            scope = read_scope(pattern)
        elif axis == "strict":
            strict = pattern.lower() in {"1", "true", "yes"}
        else:
            patterns[axis] = pattern
    return ExpectedFailure(Rule.read(patterns), reason.strip(), scope, strict)


def read_scope(text: str) -> FaultScope:
    """Read ``on=``; raises `ConfigurationError`."""
    try:
        return FaultScope(text)
    except ValueError:
        raise ConfigurationError(
            f"on={text!r} is unknown; use {', '.join(map(str, FaultScope))}"
        ) from None
