from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pytest_harness.records import CellRecord
from pytest_harness.reports.fragments import headline
from pytest_harness.reports.junit import (
    failure_sections,
    point_properties,
    put_properties,
    record_point_properties,
    result_properties,
)
from pytest_harness.reports.tables import cell_table
from pytest_harness.vocabulary import Fault, Outcome, ToolFormat
from tests.reports.samples import NASTY, Run, cell


class Score(float):
    """A float that knows more than its number."""


class Word(str):
    """A string that is more than text."""


def item(*properties: tuple[str, object]) -> pytest.Item:
    return cast(pytest.Item, SimpleNamespace(user_properties=list(properties)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Path("/tmp/x"), "/tmp/x"),
        (Score(0.1), "0.1"),
        (1 / 3, repr(1 / 3)),
        (Word("w"), "w"),
        (Outcome.NO_CHANGE, "no-change"),
        (Decimal("1.50"), "1.50"),
        (True, "true"),
        (7, "7"),
        ("\x1b[31mred\x00", "red\\x00"),
    ],
)
def test_every_value_becomes_a_plain_string(value: object, text: str) -> None:
    one = item()
    put_properties(one, {"harness.x": value})
    assert one.user_properties == [("harness.x", text)]
    assert type(one.user_properties[0][1]) is str


def test_a_key_is_replaced_and_never_repeated() -> None:
    one = item(("mine", 1), ("harness.x", "old"), ("mine", 2), ("harness.x", "older"))
    put_properties(one, {"harness.x": "new", "harness.y": 1})
    put_properties(one, {"harness.y": 2, "harness.z": None})
    assert one.user_properties == [
        ("mine", 1),
        ("harness.x", "new"),
        ("mine", 2),
        ("harness.y", "2"),
    ]


def test_properties_before_set_up_leave_out_what_has_no_value() -> None:
    properties = point_properties(
        run="r",
        cell="k",
        target="t",
        backend="fake",
        model=None,
        format=None,
        variant=None,
        trial=2,
        budget=1,
        runtime="profile",
    )
    assert properties == {
        "harness.run": "r",
        "harness.cell": "k",
        "harness.target": "t",
        "harness.backend": "fake",
        "harness.trial": "2",
        "harness.budget": "1",
        "harness.runtime": "profile",
    }


def test_a_record_tells_its_point_and_its_result() -> None:
    record = cell()
    assert record_point_properties(record, "r")["harness.model"] == "gpt-5.5"
    assert result_properties(record, "/runs/r/cell.json") == {
        "harness.outcome": "keep",
        "harness.score.baseline": "0.05",
        "harness.score.best": "1.0",
        "harness.tokens.input": "1500",
        "harness.tokens.output": "50",
        "harness.cost_usd": "0.25",
        "harness.duration_s": "14.85",
        "harness.changed_files": "2",
        "harness.backend_version": "codex-cli 0.144.1",
        "harness.backend_model": "gpt-5.5",
        "harness.record": "/runs/r/cell.json",
    }


def test_rejected_calls_are_told_of_plain_models() -> None:
    record = cell()
    first, second = record.candidates
    assert second.proposal is not None
    proposal = second.proposal.model_copy(update={"rejected_calls": 3})
    point = record.point.model_copy(update={"format": ToolFormat.TEXT})
    told = record.model_copy(
        update={
            "point": point,
            "candidates": (first, second.model_copy(update={"proposal": proposal})),
        }
    )
    assert result_properties(told, "p")["harness.rejected_calls"] == "3"
    assert "3 rejected calls" in headline(told)
    assert "rejected call" not in headline(record)


def test_a_model_that_the_backend_alone_names_is_told() -> None:
    record = cell(model=None)
    assert "harness.model" not in record_point_properties(record, "r")
    assert result_properties(record, "p")["harness.backend_model"] == "gpt-5.5"
    assert cell_table([record]).objects()[0]["model"] == "gpt-5.5"


def test_a_fault_is_named_and_what_is_unknown_is_absent() -> None:
    properties = result_properties(cell(fault=Fault.AUTH, cost=None), "p")
    assert properties["harness.fault"] == "auth"
    assert "harness.outcome" not in properties
    assert "harness.score.best" not in properties
    assert "harness.cost_usd" not in properties


def sections(record: CellRecord, run: Path | None = None) -> str:
    return "\n".join(f"{title}\n{text}" for title, text in failure_sections(record, run))


def test_a_failure_shows_checks_and_changes(sample: Run) -> None:
    text = sections(cell(after=0.5, reason="exit 1"), sample.path)
    assert "checks of python_fixture[codex-gpt-5.5-t1] c0001" in text
    assert "tests-pass" in text
    assert "exit 1" in text
    assert "modified AGENTS.md +2 -1" in text
    assert str(sample.path / "cells/python_fixture/codex-gpt-5.5-t1/candidates/c0001") in text


def test_a_failure_holds_no_control_characters_and_stays_short() -> None:
    text = sections(cell(after=0.5, reason=NASTY * 5000))
    assert not set(text) & {chr(code) for code in range(32) if chr(code) not in "\n\t"}
    assert len(text) < 20_000


def test_a_failure_of_a_cell_without_candidates_says_nothing() -> None:
    empty = cell().model_copy(update={"candidates": (), "best": None})
    assert failure_sections(empty, None) == []
