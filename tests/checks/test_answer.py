from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from pytest_harness.checks import Answer, CheckContext


def test_every_condition_counts(context: CheckContext) -> None:
    said = replace(context, answer="The port is 8080.\n")
    assert Answer("x", contains="8080").grade(said).score == 1
    assert Answer("x", contains=["8080", "9090"]).grade(said).score == Fraction(1, 2)
    assert Answer("x", matches=r"\bport is \d+").grade(said).score == 1
    assert Answer("x", matches=re.compile("PORT", re.IGNORECASE)).grade(said).score == 1
    assert Answer("x", equals="The port is 8080.").grade(said).score == 1
    assert Answer("x", equals="8080").grade(said).score == 0
    assert Answer("x", contains="PORT", equals="8080", ignore_case=True).grade(
        said
    ).score == Fraction(1, 2)


def test_without_an_answer_there_are_no_marks(context: CheckContext) -> None:
    assert Answer("x", matches=".*").grade(context).score == 0


def test_a_wrong_declaration_is_said() -> None:
    assert "asks for nothing" in (Answer("x").problem() or "")
    assert "regular expression" in (Answer("x", matches="(").problem() or "")
    assert Answer("x", contains="a").problem() is None
