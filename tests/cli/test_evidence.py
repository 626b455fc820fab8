from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Harness
from tests.reports.evidence.plain import NATIVE, TEXT, plain, trials
from tests.reports.samples import Run, cell, write_run


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The working directory, with a run in which the format matters and an earlier one."""
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path, [*trials(NATIVE, 4, 1), *trials(TEXT, 5, 0)], name="earlier")
    return write_run(
        tmp_path, [*trials(NATIVE, 5, 0), *trials(TEXT, 1, 4), plain(model="mine:m"), cell()]
    )


def test_evidence_is_written_beside_the_ledger_and_told(models: Run, harness: Harness) -> None:
    result = harness("evidence", "first")
    assert result.exit_code == 0, result.output
    assert "11 cells of plain models; 7 of 11 samples passed; $2.7500." in result.output
    assert "Besides, it has 1 cell of other backends." in result.output
    assert "text-unreliable" in result.output
    assert "5/5 (57% to 100%)" in result.output
    assert "wrote" in result.output
    written = sorted(path.name for path in (models.path / "evidence").iterdir())
    assert written == [
        "followups.md",
        "local_readiness.json",
        "per_run.jsonl",
        "summary.json",
        "summary.md",
        "tool_mode_parity.toml",
    ]


def test_a_second_time_gives_the_same_bytes(models: Run, harness: Harness, tmp_path: Path) -> None:
    harness("evidence", "first")
    before = {path.name: path.read_bytes() for path in (models.path / "evidence").iterdir()}
    harness("evidence", models.path, "--output", tmp_path / "out")
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def test_the_run_stays_readable(models: Run, harness: Harness) -> None:
    before = harness("inspect", "first").output
    harness("evidence", "first")
    assert harness("inspect", "first").output == before
    assert harness("summarize", models.root).exit_code == 0


def test_an_earlier_run_is_set_beside_it(models: Run, harness: Harness, tmp_path: Path) -> None:
    result = harness("evidence", "first", "--baseline", "earlier", "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "beside earlier: 4 regressions; 1 recovery; 5 still passing; 2 missing before; " in (
        result.output
    )
    assert "-30.0 points over 10 cells of both, p=0.375" in result.output
    document = json.loads((tmp_path / "out/baseline.json").read_text())
    assert document["counts"]["regression"] == 4
    page = (tmp_path / "out/baseline.md").read_text()
    assert page.startswith("# The run first beside earlier")


def test_json_is_for_programs(models: Run, harness: Harness) -> None:
    document = json.loads(harness("evidence", "first", "--json").output)
    assert document["summary"]["parity"]["ollama:qwen3"]["verdict"] == "text-unreliable"
    assert [each["model"] for each in document["readiness"]["models"]] == ["ollama:qwen3"]
    assert document["baseline"] is None
    assert len(document["files"]) == 6
    compared = json.loads(harness("evidence", "first", "--json", "--baseline", "earlier").output)
    assert compared["baseline"]["lift_points"] == -30.0


def test_a_run_without_plain_models_says_so(project: Run, harness: Harness) -> None:
    result = harness("evidence", "latest")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == (
        "The run first has no cells of plain models; it has 4 cells of other backends."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "nothing"),
        (["first", "--baseline", "nothing"], "nothing"),
        (["first", "--output", "file/below"], "cannot be written"),
    ],
)
def test_mistakes_are_one_line(
    models: Run, harness: Harness, arguments: list[str], sentence: str
) -> None:
    Path("file").write_text("")
    result = harness("evidence", *arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert len(result.output.splitlines()) == 1
    assert not (models.path / "evidence").exists()
