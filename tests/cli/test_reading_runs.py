from __future__ import annotations

import csv
import io
import json
import operator
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Harness
from tests.reports.samples import Run, cell, write_run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), dialect="excel-tab"))


@pytest.mark.parametrize("name", ["latest", "first", "path"])
def test_a_run_is_found_by_name_and_by_path(project: Run, harness: Harness, name: str) -> None:
    result = harness("inspect", project.path if name == "path" else name)
    assert result.exit_code == 0, result.output
    assert "run first" in result.output
    assert "0.750 (n=2, 1 fault)" in result.output
    assert "5 cells; 2 not counted: auth 1, unfinished 1" in result.output


def test_a_run_is_found_from_below_the_project_and_with_an_option(
    project: Run, harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(project.root / "workspaces")
    assert harness("inspect", "latest").exit_code == 0
    monkeypatch.chdir("/")
    result = harness("inspect", "latest", "--harness-dir", project.root / ".harness")
    assert result.exit_code == 0


def test_a_run_as_json_and_tsv(project: Run, harness: Harness) -> None:
    document = json.loads(harness("inspect", "latest", "--json").output)
    assert document["run"]["name"] == "first"
    assert len(document["cells"]) == 5
    assert document["matrix"][0]["score_mean"] == 0.75
    table = rows(harness("inspect", "latest", "--tsv").output)
    assert [row["id"] for row in table][:2] == ["codex-gpt-5.5-t1", "codex-gpt-5.5-t2"]
    assert table[-1]["status"] == "started"


@pytest.mark.parametrize(
    "name",
    [
        "python_fixture[codex-gpt-5.5-t2]",
        "codex-gpt-5.5-t2",
        "tests/test_agents.py::python_fixture[codex-gpt-5.5-t2]",
    ],
)
def test_a_cell_is_shown_by_any_of_its_names(project: Run, harness: Harness, name: str) -> None:
    result = harness("inspect", "latest", name)
    assert "python_fixture[codex-gpt-5.5-t2]: keep, 0.050 -> 1.000" in result.output
    assert "tests-pass" in result.output
    assert "modified AGENTS.md +2 -1" in result.output
    assert "best.patch" in result.output
    assert json.loads(harness("inspect", "latest", name, "--json").output)["best"] == "c0001"
    assert [row["id"] for row in rows(harness("inspect", "latest", name, "--tsv").output)] == [
        "c0000",
        "c0001",
    ]


def test_a_fault_is_told_where_there_is_one(project: Run, harness: Harness, tmp_path: Path) -> None:
    output = harness("inspect", "latest").output
    assert "  fault  " in output
    assert "  auth  " in output
    plain = write_run(tmp_path / "plain", [cell()])
    assert "  fault  " not in harness("inspect", plain.path).output


def test_refused_tools_are_told(harness: Harness, tmp_path: Path) -> None:
    record = cell()
    baseline, best = record.candidates
    assert best.proposal is not None
    refused = best.proposal.model_copy(update={"refused_tools": ("Write", "Bash")})
    best = best.model_copy(update={"proposal": refused})
    record = record.model_copy(update={"candidates": (baseline, best)})
    run = write_run(tmp_path, [record])
    assert "refused tools: Write, Bash\n" in harness("inspect", run.path, record.id).output


def test_what_an_agent_said_cannot_command_the_terminal(project: Run, harness: Harness) -> None:
    assert "\x1b" not in harness("inspect", "latest", "python_fixture[codex-gpt-5.5-t1]").output
    assert "\x1b" not in harness("ledger", "latest").output
    assert "\x1b" not in harness("ledger", "latest", "--tsv").output


def test_the_ledger_has_every_test_and_every_cell(project: Run, harness: Harness) -> None:
    table = json.loads(harness("ledger", "first", "--json").output)
    assert [row["outcome"] for row in table] == ["failed", "passed", None, None, None]
    assert table[0]["test"] == "tests/test_agents.py::test_solves[codex-gpt-5.5-t1]"
    assert table[0]["score_best"] == 0.5
    assert table[2]["cell_outcome"] == "auth"
    assert table[-1]["cell_outcome"] == "unfinished"
    assert len(rows(harness("ledger", "first", "--tsv").output)) == 5


def test_runs_are_summarised_together_and_copies_count_once(
    project: Run, harness: Harness, tmp_path: Path
) -> None:
    shutil.copytree(project.path, tmp_path / "ci/job-1")
    shutil.copytree(project.path, tmp_path / "ci/job-2")
    document = json.loads(harness("summarize", tmp_path / "ci", "--json").output)
    assert len(document["runs"]) == 2
    assert document["matrix"][0]["n"] == 2
    text = harness("summarize", tmp_path / "ci").output
    assert "5 cells; 2 not counted" in text
    assert len(rows(harness("summarize", tmp_path / "ci", "--tsv").output)) == 3


def test_runs_are_compared(project: Run, harness: Harness) -> None:
    changed = cell(trial=1, after=0.25).model_copy(update={"fingerprint": "other"})
    write_run(project.root, [changed, cell(target="new")], name="second")
    text = harness("compare", "first", "second").output
    assert "-0.500" in text
    table = json.loads(harness("compare", "first", "second", "--json").output)
    by_target = {(row["backend"], row["target"]): row for row in table}
    row = by_target["codex@gpt-5.5", "python_fixture"]
    assert row["first.mean"] == 0.75
    assert row["first.n"] == 2
    assert row["first.faults"] == 1
    assert row["second.mean"] == 0.25
    assert row["change"] == -0.5
    assert row["inputs"] == "changed"
    only = by_target["codex@gpt-5.5", "new"]
    assert only["first.mean"] is None
    assert only["change"] is None
    assert only["inputs"] is None
    same = json.loads(harness("compare", "first", project.path, "--json").output)
    assert {row["inputs"] for row in same} == {"same"}
    assert same[0]["change"] == 0


def test_where_only_junit_was_kept_it_is_read(
    project: Run, harness: Harness, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    harness("report", "latest", "--junit", kept / "junit.xml")
    (kept / "other.xml").write_text("<project/>")
    (kept / "broken.xml").write_text("<project>")
    from_ledger = json.loads(harness("summarize", project.root / ".harness", "--json").output)
    from_xml = json.loads(harness("summarize", kept, "--json").output)
    order = operator.itemgetter("backend", "target")
    assert sorted(from_xml["matrix"], key=order) == sorted(from_ledger["matrix"], key=order)
    shutil.copytree(project.path, kept / "run")
    forged = (kept / "junit.xml").read_text().replace('value="first"', 'value="forged"')
    (kept / "run/cells/python_fixture/original/junit.xml").write_text(forged)
    both = json.loads(harness("summarize", kept, "--json").output)
    assert both["matrix"] == from_ledger["matrix"]
