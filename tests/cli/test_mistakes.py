from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Harness
from tests.reports.samples import Run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["inspect", "lost"], "there is no run 'lost'"),
        (["inspect", "latest", "lost"], "has no cell 'lost'"),
        (["ledger", "/nowhere"], "there is no run '/nowhere'"),
        (["summarize", "nowhere"], "there is no directory nowhere"),
        (["summarize", "workspaces"], "there is no run below workspaces"),
        (["compare", "latest"], "at least two runs"),
        (["apply", "latest", "lost"], "no finished cell of target 'lost'"),
        (["apply", "latest", "python_cli"], "nothing to apply"),
        (["apply", "latest", "python_fixture", "--cell", "x"], "no finished cell 'x'"),
        (["report", "latest"], "say what to write"),
        (["report", "latest", "--junit", "/proc/nothing/x.xml"], "cannot use"),
        (["inspect", "latest", "--json", "--tsv"], "exclude each other"),
        (["inspect", "latest", "--harness-dir", "nowhere"], "there is no run in nowhere"),
        (["nonsense"], "No such command"),
    ],
)
def test_a_mistake_gets_a_sentence_and_exit_code_2(
    project: Run, harness: Harness, arguments: list[str], sentence: str
) -> None:
    result = harness(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_ambiguous_cells_are_refused(project: Run, harness: Harness) -> None:
    result = harness("inspect", "latest", "codex-gpt-5.5-t1")
    assert result.exit_code == 2
    assert "names several cells" in result.stderr


@pytest.mark.parametrize("file", ["run.json", "ledger.jsonl"])
def test_another_schema_is_refused_in_one_line(project: Run, harness: Harness, file: str) -> None:
    path = project.path / file
    path.write_text(path.read_text().replace('"schema_version":1', '"schema_version":99'))
    result = harness("inspect", "latest")
    assert result.exit_code == 2
    assert "schema 99" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_record_that_points_out_of_its_run_is_refused(project: Run, harness: Harness) -> None:
    path = project.path / "ledger.jsonl"
    path.write_text(path.read_text().replace('"cells/python_fixture/original"', '"../../.."'))
    result = harness("export", "latest", "python_fixture", "out")
    assert result.exit_code == 2
    assert not Path("out").exists()


CALL = "from pytest_harness.cli import main; main()"


def test_a_reader_that_stops_early_sees_no_traceback(project: Run) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        result = subprocess.run(
            [
                sys.executable,
                "-c",
                "from pytest_harness.cli import main; main()",
                "inspect",
                "latest",
            ],
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
    assert result.stderr == b""


def test_help_names_every_command(harness: Harness) -> None:
    text = harness("--help").output
    for name in (
        "inspect",
        "ledger",
        "summarize",
        "compare",
        "apply",
        "export",
        "probe",
        "report",
    ):
        assert name in text
        assert harness(name, "--help").exit_code == 0
