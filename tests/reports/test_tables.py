from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.ledger import RunReader
from pytest_harness.records import Spending, Spent, Usage
from pytest_harness.reports import facts, matrix
from pytest_harness.reports.tables import (
    Column,
    Kind,
    Table,
    candidate_table,
    cell_table,
    check_table,
    format_value,
)
from pytest_harness.vocabulary import Fault, Outcome
from pytest_harness.vocabulary import Kind as TargetKind
from tests.reports.samples import NASTY, Run, cell


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.SCORE, 1 / 20, "0.050"),
        (Kind.SCORE, 1 / 22, "0.045"),
        (Kind.SCORE, 1.0, "1.000"),
        (Kind.SCORE, None, "-"),
        (Kind.COUNT, 1234567, "1,234,567"),
        (Kind.DOLLARS, 0.5, "$0.5000"),
        (Kind.CHANGE, 0.25, "+0.250"),
        (Kind.TEXT, "", "-"),
        (Kind.TEXT, "two\nlines \x1b[1mbold", "two lines bold"),
        (Kind.TEXT, True, "yes"),
    ],
)
def test_values_are_printed_for_people(kind: Kind, value: str | float | None, text: str) -> None:
    assert format_value(kind, value) == text


def test_the_same_rows_as_text_tsv_and_json(sample: Run) -> None:
    table = cell_table(sample.cells)
    rows = list(csv.DictReader(io.StringIO(table.tsv()), dialect="excel-tab"))
    objects = json.loads(table.json())
    assert len(rows) == len(objects) == len(sample.cells) == len(table.text().splitlines()) - 2
    assert rows[0]["score_baseline"] == "0.05"
    assert objects[0]["score_baseline"] == 0.05
    assert "0.050" in table.text()
    assert objects[2]["fault"] == "auth"
    assert objects[2]["score_best"] is None
    assert objects[2]["cost_usd"] is None
    assert rows[2]["cost_usd"] == ""


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_text_keeps_its_row_and_json_keeps_all_of_it(values: list[str]) -> None:
    table = Table((Column("x", "x"), Column("y", "y")), tuple((value, value) for value in values))
    assert [each["x"] for each in json.loads(table.json())] == values
    assert len(table.text().split("\n")) == len(values) + 2
    lines = table.tsv().splitlines()
    assert len(lines) == len(values) + 1
    assert all(line.count("\t") == 1 for line in lines)


def test_an_empty_table_still_has_its_headings() -> None:
    assert "target" in cell_table([]).text()
    assert json.loads(cell_table([]).json()) == []


def test_candidates_and_checks_have_tables() -> None:
    record = cell(reason=NASTY, after=0.5)
    assert [row[0] for row in candidate_table(record).rows] == ["c0000", "c0001"]
    table = check_table(record.candidates[1])
    assert [row[0] for row in table.rows] == ["git-safety", "tests-pass"]
    assert "\x1b" not in table.text()


def test_the_matrix_has_means_and_counts_faults_beside_them(sample: Run) -> None:
    reader = RunReader(sample.path)
    table = matrix.build([*reader.cells(), *reader.unfinished()])
    assert table.table().objects() == [
        {
            "target": "python_fixture",
            "codex@gpt-5.5": "0.750 (n=2, 1 fault)",
            "pi": "0.050 (n=1)",
        },
        {
            "target": "python_cli",
            "codex@gpt-5.5": "0.900 (n=1)",
            "pi": "- (1 unfinished)",
        },
    ]
    assert (
        table.sentence()
        == "6 cells; 2 not counted: auth 1, unfinished 1; $0.7500; cost of 2 cells unknown"
    )
    first = table.long_table().objects()[0]
    assert first["n"] == 2
    assert first["score_mean"] == 0.75
    assert first["faults"] == 1


def test_a_matrix_that_is_too_wide_is_turned() -> None:
    models = [f"anthropic:claude-{number}" for number in range(6)]
    table = matrix.build(cell(backend="model", model=each) for each in models).table()
    assert [column.heading for column in table.columns] == ["backend", "python_fixture"]
    assert [row[0] for row in table.rows] == [f"model@{each}" for each in models]
    assert table.width <= matrix.WIDEST
    few = matrix.build(cell(backend="model", model=each) for each in models[:2]).table()
    assert [row[0] for row in few.rows] == ["python_fixture"]


def test_variants_are_columns_of_their_own() -> None:
    table = matrix.build([cell(variant="terse"), cell(variant="long")])
    assert table.targets == ["python_fixture/terse", "python_fixture/long"]


def test_a_task_is_scored_by_its_attempt() -> None:
    record = cell(kind=TargetKind.TASK, before=0.5, after=0.25)
    assert facts.best_score(record) == 0.25


def test_a_task_that_crashed_counts_as_nothing_gained_and_not_as_missing() -> None:
    record = cell(kind=TargetKind.TASK, after=None, outcome=Outcome.CRASH)
    assert facts.best_score(record) is None
    assert matrix.build([record]).table().rows[0][1] == "0.000 (n=1)"


@pytest.mark.parametrize("outcome", [Outcome.TAMPERED, Outcome.SCOPE_VIOLATION])
def test_what_is_an_error_is_never_booked_as_a_score(outcome: Outcome) -> None:
    table = matrix.build([cell(after=0.5, outcome=outcome)])
    assert table.table().rows[0][1] == "- (1 fault)"


def test_a_fault_is_never_booked_as_a_score() -> None:
    assert matrix.build([cell(fault=Fault.TRANSPORT)]).table().rows[0][1] == "- (1 fault)"


def test_cells_whose_cost_nobody_knows_are_counted_beside_the_sum() -> None:
    spent = Spent(usage=Usage(input=10, output=2))
    unpriced = cell().model_copy(update={"spending": Spending(proposal=spent)})
    free = cell().model_copy(update={"spending": Spending()})
    assert matrix.build([unpriced, free]).sentence() == "2 cells; cost of 1 cell unknown"
    priced = spent.model_copy(update={"cost_usd": 0.5})
    known = cell().model_copy(update={"spending": Spending(proposal=priced)})
    sentence = matrix.build([unpriced, known]).sentence()
    assert sentence == "2 cells; $0.5000; cost of 1 cell unknown"
