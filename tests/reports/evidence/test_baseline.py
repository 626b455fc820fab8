from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.records import CellRecord
from pytest_harness.reports.evidence import Comparison, compare
from pytest_harness.reports.evidence.baseline import Change
from pytest_harness.reports.evidence.markdown import comparison_page
from pytest_harness.vocabulary import Fault, Kind, Outcome
from tests.reports.samples import cell, started


def attempt(trial: int, after: float | None = 1.0, **more: object) -> CellRecord:
    return cell(kind=Kind.TASK, trial=trial, after=after, **more)  # type: ignore[arg-type]


def test_every_cell_of_either_run_is_told_once() -> None:
    before = [
        attempt(1),
        attempt(2, 0.5),
        attempt(3),
        attempt(4, 0.5),
        attempt(5),
        attempt(6, fault=Fault.AUTH),
        attempt(7, fault=Fault.AUTH),
        attempt(8),
    ]
    now = [
        attempt(1, 0.5),
        attempt(2),
        attempt(3),
        attempt(4, 0.25),
        attempt(5, fault=Fault.TRANSPORT),
        attempt(6),
        attempt(7, fault=Fault.BUDGET),
        attempt(9),
    ]
    found = compare(now, before)
    assert [(each.cell[-3:-1], each.change) for each in found.cells] == [
        ("t1", Change.REGRESSION),
        ("t2", Change.RECOVERY),
        ("t4", Change.STILL_FAILING),
        ("t3", Change.STILL_PASSING),
        ("t5", Change.FAULT_NOW),
        ("t6", Change.FAULT_BEFORE),
        ("t7", Change.FAULT_BOTH),
        ("t8", Change.MISSING_NOW),
        ("t9", Change.MISSING_BEFORE),
    ]
    assert found.common == 4
    assert set(found.counts.values()) == {1}
    assert found.lift_points == 0
    assert found.p_value == 1
    # 0.5 lost, 0.5 gained, 0.25 lost, over the four that count in both.
    assert found.score_change == -0.0625
    assert [each.cell for each in found.regressions] == ["python_fixture[codex-gpt-5.5-t1]"]
    assert [each.cell for each in found.recoveries] == ["python_fixture[codex-gpt-5.5-t2]"]
    fault = found.only(Change.FAULT_NOW)[0]
    assert (fault.before, fault.now, fault.fault_now) == (1.0, None, "transport")


def test_the_lift_is_in_points_of_the_cells_in_both() -> None:
    before = [attempt(each, 0.0) for each in range(1, 9)]
    now = [attempt(each, 1.0 if each <= 6 else 0.0) for each in range(1, 20)]
    found = compare(now, before)
    assert found.lift_points == 75.0
    assert found.common == 8
    assert found.p_value == 0.03125
    assert found.lift_interval is not None
    assert 0 < found.lift_interval.low < 0.75 < found.lift_interval.high
    assert compare(before, now).lift_points == -75.0


def test_a_run_beside_itself_has_no_change() -> None:
    records = [attempt(1), attempt(2, 0.5)]
    found = compare(records, records)
    assert (found.lift_points, found.score_change, found.p_value) == (0.0, 0.0, None)
    assert found.table().rows == ()
    assert found.sentence() == (
        "0 regressions; 0 recoveries; 1 still failing; 1 still passing; "
        "+0.0 points over 2 cells of both"
    )


def test_runs_without_a_common_cell_have_no_lift() -> None:
    for found in (compare([attempt(1)], [attempt(2)]), compare([], [])):
        assert found.lift_points is None
        assert found.lift_interval is None
        assert found.score_change is None
        assert found.p_value is None
        assert "no cell counts in both" in found.sentence()


def test_changed_inputs_are_counted_and_shown() -> None:
    other = attempt(1, 0.5).model_copy(update={"fingerprint": "e" * 8})
    found = compare([other, attempt(2), attempt(3)], [attempt(1), attempt(2)])
    assert found.inputs_changed == 1
    assert [each.inputs_changed for each in found.cells] == [True, False, None]
    assert found.sentence().startswith("1 regression; 0 recoveries; ")
    assert found.sentence().endswith("; inputs of 1 cell changed")
    assert found.table().objects()[0]["inputs"] == "changed"


def test_what_counts_is_what_counts_everywhere() -> None:
    before = [attempt(1), attempt(2), attempt(3)]
    now = [
        # The agent ran into its own limit: it got nothing.
        attempt(1, None, outcome=Outcome.TIMEOUT),
        # An error of the test, and no score.
        attempt(2, outcome=Outcome.SCOPE_VIOLATION),
        started(attempt(3)),
    ]
    found = compare(now, before)
    assert [(each.change, each.now, each.fault_now) for each in found.cells] == [
        (Change.REGRESSION, 0.0, None),
        (Change.FAULT_NOW, None, "scope-violation"),
        (Change.FAULT_NOW, None, "unfinished"),
    ]


def test_an_optimized_cell_passes_with_full_marks_and_its_score_tells_the_rest() -> None:
    found = compare([cell(after=0.9)], [cell(after=0.4)])
    assert found.counts[Change.STILL_FAILING] == 1
    assert found.score_change == pytest.approx(0.5)


def test_a_comparison_is_a_table_a_page_and_strict_json() -> None:
    found = compare([attempt(1, 0.5), attempt(2)], [attempt(1), attempt(2)])
    assert found.table().text().splitlines()[2].split()[:4] == [
        "regression",
        "python_fixture[codex-gpt-5.5-t1]",
        "1.000",
        "0.500",
    ]
    page = comparison_page(found, "now", "before")
    assert page.startswith("# The run now beside before\n\n1 regression; 0 recoveries;")
    assert "| regression | python_fixture\\[codex-gpt-5.5-t1\\] | 1.000 | 0.500 | same |" in page
    text = found.to_json()
    assert json.loads(text)["counts"]["regression"] == 1
    assert Comparison.from_json(text) == found


results = st.lists(st.sampled_from([None, 0.0, 0.5, 1.0]), max_size=12)


@given(results, results)
def test_what_one_direction_wins_the_other_loses(
    now: list[float | None], before: list[float | None]
) -> None:
    def run(scores: list[float | None]) -> list[CellRecord]:
        return [
            attempt(trial, score, fault=Fault.AUTH if score is None else None)
            for trial, score in enumerate(scores, start=1)
        ]

    there, back = compare(run(now), run(before)), compare(run(before), run(now))
    assert sum(there.counts.values()) == len(there.cells) == max(len(now), len(before))
    assert there.counts[Change.REGRESSION] == back.counts[Change.RECOVERY]
    assert there.p_value == back.p_value
    if there.lift_points is None:
        assert back.lift_points is None
    else:
        assert there.lift_points == -(back.lift_points or 0.0)
