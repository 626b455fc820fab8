from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.errors import LedgerError, SchemaError
from pytest_harness.ledger import RunReader
from pytest_harness.records import Record
from pytest_harness.reports.evidence import (
    Evidence,
    gather,
    read_evidence,
    read_parity,
    read_readiness,
    read_summary,
    write,
)
from pytest_harness.reports.evidence.files import parity_toml
from pytest_harness.reports.evidence.records import (
    CellEvidence,
    FormatResult,
    ParityEntry,
    ParityFile,
)
from pytest_harness.vocabulary import Confidence, Fault, ParityVerdict
from tests.reports.evidence.plain import NATIVE, TEXT, gathered, plain, rejection, trials
from tests.reports.samples import NASTY, NOON, cell, write_run

NAMES = [
    "summary.json",
    "per_run.jsonl",
    "local_readiness.json",
    "tool_mode_parity.toml",
    "summary.md",
    "followups.md",
]


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return gathered(
        tmp_path / "project",
        [
            *trials(NATIVE, 5, 0),
            *trials(TEXT, 2, 3),
            plain(model="openai:gpt-5", fault=Fault.AUTH, reason=NASTY, cost=None),
            plain(model="openai:gpt-5", trial=2, rejections=[rejection(rule=NASTY)]),
        ],
    )


def test_all_files_are_written_and_read_again(evidence: Evidence, tmp_path: Path) -> None:
    folder = tmp_path / "new/folder"
    assert [path.name for path in write(evidence, folder)] == NAMES
    assert read_summary(folder / NAMES[0]) == evidence.summary
    assert read_readiness(folder / NAMES[2]) == evidence.readiness
    assert read_parity(folder / NAMES[3]) == evidence.parity
    assert read_evidence(folder / NAMES[0]) == evidence.summary
    assert read_evidence(folder / NAMES[2]) == evidence.readiness
    lines = (folder / NAMES[1]).read_bytes().splitlines()
    assert tuple(map(CellEvidence.from_json, lines)) == evidence.cells


def test_equal_ledgers_give_equal_bytes(tmp_path: Path) -> None:
    cells = [*trials(NATIVE, 5, 1), *trials(TEXT, 3, 3)]
    found = []
    for name in ("one", "two"):
        run = write_run(tmp_path / name, cells)
        found.append([path.read_bytes() for path in write(gather(RunReader(run.path)), tmp_path)])
    assert found[0] == found[1]
    # The order in which cells were finished is not the order of the matrix.
    run = write_run(tmp_path / "three", cells)
    ledger = run.path / "ledger.jsonl"
    ledger.write_bytes(b"".join(reversed(ledger.read_bytes().splitlines(keepends=True))))
    assert found[0] == [path.read_bytes() for path in write(gather(RunReader(run.path)), tmp_path)]


def test_json_is_strict_and_what_is_missing_is_null(evidence: Evidence, tmp_path: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    paths = write(evidence, tmp_path)
    for path in (paths[0], paths[2]):
        json.loads(path.read_text(), parse_constant=refuse)
    summary = json.loads(paths[0].read_text())
    assert summary["schema_version"] == 1
    assert summary["parity"]["openai:gpt-5"]["text"]["rate"] is None
    assert summary["totals"]["samples"] == 11
    assert list(summary["rollups"]) == ["target", "vendor", "model", "format", "tool_sequence"]


def test_the_parity_file_is_toml_that_people_can_read(evidence: Evidence, tmp_path: Path) -> None:
    path = write(evidence, tmp_path)[3]
    document = tomllib.loads(path.read_text())
    assert document["schema"] == 1
    assert document["run"] == "first"
    assert document["date"] == NOON.date()
    entry = document["models"]["ollama:qwen3"]
    assert entry["verdict"] == "text-unreliable"
    assert entry["confidence"] == "high"
    assert entry["preferred"] == "native"
    assert entry["native"]["samples"] == 5
    assert entry["evidence"] == ".harness/runs/first"
    # Nothing stands for what does not exist.
    assert "rate" not in document["models"]["openai:gpt-5"]["text"]
    assert "p_value" not in document["models"]["openai:gpt-5"]


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_any_name_survives_in_toml(name: str, run: str) -> None:
    none = FormatResult()
    entry = ParityEntry(
        verdict=ParityVerdict.UNKNOWN,
        confidence=Confidence.LOW,
        native=none,
        text=none,
        p_value=1e-9,
        evidence=run,
    )
    parity = ParityFile(run=run, date=NOON.date(), models={name: entry})
    document = tomllib.loads(parity_toml(parity).decode())
    assert ParityFile.model_validate(document) == parity


def test_pages_show_what_a_run_says_and_obey_no_markup(evidence: Evidence, tmp_path: Path) -> None:
    paths = write(evidence, tmp_path)
    page, followups = paths[4].read_text(), paths[5].read_text()
    assert "12 cells of plain models; 8 of 11 samples passed; 1 not counted: auth 1" in page
    assert "| ollama:qwen3 | text-unreliable | high | native | 5/5, 100% (57% to 100%)" in page
    assert "cells/target_1/model-ollama-qwen3-text-t1" in followups
    assert "rejected counts the calls that were not executed" in page
    assert "At most 5 cells are named for each; per_run.jsonl has all." in followups
    for text in (page, followups):
        assert "<script>" not in text
        assert "\x1b" not in text
    # Every row of a table has as many columns as the one before it.
    lines = [line.replace("\\|", "") for line in page.splitlines()]
    for one, two in itertools.pairwise(lines):
        if one.startswith("|") and two.startswith("|"):
            assert one.count("|") == two.count("|"), two


def test_a_page_shows_what_is_most_frequent_and_says_that_there_is_more(tmp_path: Path) -> None:
    cells = [plain(trial=each, tools=("read_file",) * each) for each in range(1, 42)]
    cells.append(plain(trial=50, tools=("write_file",)))
    cells.append(plain(trial=51, tools=("write_file",)))
    found = gathered(tmp_path, cells)
    page = write(found, tmp_path / "out")[4].read_text()
    rows = page.partition("## By tool sequence")[2].splitlines()
    assert sum(row.startswith(("| read_file", "| write_file")) for row in rows) == 30
    assert any(row.startswith("| write_file | 2 |") for row in rows)
    assert rows[-1] == "12 more are in summary.json."


def test_a_run_without_plain_models_says_so(tmp_path: Path) -> None:
    found = gathered(tmp_path, [cell()])
    paths = write(found, tmp_path / "out")
    assert "has no cells of plain models; it has 1 cell of other backends" in paths[4].read_text()
    assert "Nothing." in paths[5].read_text()
    assert paths[1].read_bytes() == b""
    assert read_parity(paths[3]).models == {}


def test_a_place_that_cannot_be_written_is_named(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"file.* cannot be written: .*; choose another"):
        write(evidence, tmp_path / "file")


Reader = Callable[[Path], Record]
READERS: list[tuple[Reader, str]] = [
    (read_summary, "summary.json"),
    (read_readiness, "local_readiness.json"),
    (read_evidence, "summary.json"),
    (read_evidence, "local_readiness.json"),
    (read_parity, "tool_mode_parity.toml"),
]


@pytest.mark.parametrize(("read", "name"), READERS)
def test_a_file_that_is_missing_is_named(read: Reader, name: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=rf"there is no file .*{name}; .*pytest-harness evidence"):
        read(tmp_path / name)


@pytest.mark.parametrize(("read", "name"), READERS)
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"[1]", b"a = ", b"\0"])
def test_a_damaged_file_is_one_sentence(
    read: Reader, name: str, data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SchemaError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("read", "name"), READERS)
def test_a_file_of_another_version_is_refused(
    read: Reader, name: str, evidence: Evidence, tmp_path: Path
) -> None:
    write(evidence, tmp_path)
    path = tmp_path / name
    text = path.read_text()
    other = text.replace('"schema_version": 1', '"schema_version": 2').replace(
        "schema = 1", "schema = 2"
    )
    assert other != text
    path.write_text(other)
    with pytest.raises(SchemaError, match=r"schema 2 and this version reads 1; "):
        read(path)


@pytest.mark.parametrize(("read", "name"), READERS)
def test_a_field_that_nobody_knows_is_refused(
    read: Reader, name: str, evidence: Evidence, tmp_path: Path
) -> None:
    write(evidence, tmp_path)
    path = tmp_path / name
    path.write_text(path.read_text().replace("run", "ran", 1))
    with pytest.raises(SchemaError, match="damaged: its fields are not those of schema 1"):
        read(path)


def test_true_is_no_version(tmp_path: Path) -> None:
    path = tmp_path / "tool_mode_parity.toml"
    path.write_text('schema = true\nrun = "x"\ndate = 2026-01-01\n')
    with pytest.raises(SchemaError, match="schema True"):
        read_parity(path)
