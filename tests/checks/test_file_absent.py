from __future__ import annotations

from fractions import Fraction

from pytest_harness.checks import CheckContext, FileAbsent

from .conftest import Write


def test_what_is_not_there_has_full_marks(context: CheckContext) -> None:
    assert FileAbsent("x", "secret.txt").grade(context).score == 1


def test_a_file_or_a_directory_scores_nothing(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"a/b": ""})
    assert FileAbsent("x", "a/b").grade(context).score == 0
    assert FileAbsent("x", "a").grade(context).score == 0


def test_several_paths_give_a_share(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"a": ""})
    verdict = FileAbsent("x", ["a", "b"]).grade(context)
    assert verdict.score == Fraction(1, 2)
    assert verdict.reason.startswith("a should")


def test_a_dangling_link_is_something(context: CheckContext) -> None:
    (context.workspace / "a").symlink_to("nowhere")
    assert FileAbsent("x", "a").grade(context).score == 0


def test_a_parent_that_leads_outside_scores_nothing(context: CheckContext) -> None:
    (context.workspace / "docs").symlink_to(context.scratch)
    assert FileAbsent("x", "docs/a").grade(context).score == 0
