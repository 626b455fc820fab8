from __future__ import annotations

import os
from fractions import Fraction

from pytest_harness.checks import CheckContext, FileContains
from pytest_harness.vocabulary import CheckStatus

from .conftest import Write


def test_the_score_is_the_share_of_phrases_found(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"AGENTS.md": "run the tests\nnever reset --hard\n"})
    verdict = FileContains("docs", "AGENTS.md", ["run the tests", "reset --hard", "lint"]).grade(
        context
    )
    assert verdict.score == Fraction(2, 3)
    assert verdict.status is CheckStatus.PARTIAL
    assert "'lint'" in verdict.reason


def test_a_single_phrase_is_not_taken_apart(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"a": "olleh"})
    assert FileContains("x", "a", "hello").grade(context).score == 0


def test_case_counts_unless_said_otherwise(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"a": "Git Reset"})
    assert FileContains("x", "a", "git reset").grade(context).score == 0
    assert FileContains("x", "a", "git reset", ignore_case=True).grade(context).score == 1


def test_a_missing_file_scores_nothing_and_is_named(context: CheckContext) -> None:
    verdict = FileContains("x", "AGENTS.md", "a").grade(context)
    assert verdict.status is CheckStatus.FAILED
    assert "AGENTS.md does not exist" in verdict.reason


def test_a_link_that_leads_outside_is_not_read(context: CheckContext) -> None:
    outside = context.scratch / "secret"
    outside.write_text("phrase")
    (context.workspace / "AGENTS.md").symlink_to(outside)
    verdict = FileContains("x", "AGENTS.md", "phrase").grade(context)
    assert verdict.score == 0
    assert "outside" in verdict.reason


def test_a_directory_link_that_leads_outside_is_not_followed(context: CheckContext) -> None:
    (context.scratch / "a").write_text("phrase")
    (context.workspace / "docs").symlink_to(context.scratch)
    assert FileContains("x", "docs/a", "phrase").grade(context).score == 0


def test_a_link_within_the_workspace_is_followed(context: CheckContext, write: Write) -> None:
    write(context.workspace, {"AGENTS.md": "phrase"})
    (context.workspace / "CLAUDE.md").symlink_to("AGENTS.md")
    assert FileContains("x", "CLAUDE.md", "phrase").grade(context).score == 1


def test_a_circle_of_links_scores_nothing(context: CheckContext) -> None:
    (context.workspace / "a").symlink_to("b")
    (context.workspace / "b").symlink_to("a")
    assert FileContains("x", "a", "phrase").grade(context).score == 0


def test_a_pipe_is_refused_and_not_waited_for(context: CheckContext) -> None:
    os.mkfifo(context.workspace / "a")
    verdict = FileContains("x", "a", "phrase").grade(context)
    assert "is no file" in verdict.reason


def test_bytes_that_are_not_utf8_do_no_harm(context: CheckContext) -> None:
    (context.workspace / "a").write_bytes(b"\xff\xfe phrase \x80")
    assert FileContains("x", "a", "phrase").grade(context).score == 1


def test_windows_line_ends_do_not_matter(context: CheckContext) -> None:
    (context.workspace / "a").write_bytes(b"one\r\ntwo\r\n")
    assert FileContains("x", "a", "one\ntwo").grade(context).score == 1


def test_a_wrong_declaration_is_said() -> None:
    assert "below the workspace" in (FileContains("x", "../a", "b").problem() or "")
    assert "below the workspace" in (FileContains("x", "/a", "b").problem() or "")
    assert "no phrases" in (FileContains("x", "a", []).problem() or "")
    assert "empty" in (FileContains("x", "a", "").problem() or "")
    assert FileContains("x", "a", "b").problem() is None
