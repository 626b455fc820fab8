"""Hiding secrets never loses a record: names and numbers stay what they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.plugin.conftest import Project


@pytest.fixture
def named(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in which a secret is also the name of a target, and another one a number."""
    monkeypatch.setenv("SOME_TOKEN", "greeting_17")
    monkeypatch.setenv("OTHER_TOKEN", "12345678")
    monkeypatch.setenv("YEAR_TOKEN", datetime.now(UTC).strftime("%Y-%m-%d"))
    project.write(
        """
@harness_target
def greeting_17():
    return target(objective="Say greeting_17 to 12345678.")

def test_solves(greeting_17, record_property):
    record_property("harness_like", "greeting_17")
    assert greeting_17.best.score == 1.0
"""
    )
    return project


def test_a_secret_in_a_targets_name_does_not_hinder_resuming(
    named: Project, mode: tuple[str, ...]
) -> None:
    named.run("--harness-run-name=one", *mode).assert_outcomes(passed=1)
    (cell,) = named.cells()
    assert cell.target == "greeting_17"
    before = cell.started_at
    result = named.run("--harness-run-name=one", "--harness-resume", *mode)
    result.assert_outcomes(passed=1)
    (cell,) = named.cells()
    assert cell.started_at == before
    assert named.reader().run.tests == {
        "test_it.py::test_solves[fake-t1]": "test_it.py::greeting_17[fake-t1]"
    }


def test_the_same_words_are_hidden_where_they_are_no_names(named: Project) -> None:
    named.run().assert_outcomes(passed=1)
    (run,) = named.runs()
    (prompt,) = run.glob("cells/*/*/candidates/c0001/prompt.md")
    assert "Say [hidden] to [hidden]." in prompt.read_text()


def test_a_secret_of_digits_breaks_no_number(named: Project) -> None:
    named.run("--harness-timeout=1234567").assert_outcomes(passed=1)
    (run,) = named.runs()
    for line in (run / "ledger.jsonl").read_text().splitlines():
        json.loads(line)


def test_messages_of_mistakes_hold_no_secret(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "a-secret-1234")
    result = project.run("--harness-backend=a-secret-1234")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stderr.str() + result.stdout.str()
    assert "a-secret-1234" not in text
    assert "[hidden]" in text
