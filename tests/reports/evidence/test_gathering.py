from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.ledger import CandidateFile, RunReader
from pytest_harness.records import Spending, Spent, Usage
from pytest_harness.reports.evidence import gather
from pytest_harness.reports.evidence.records import FollowupKind, Readiness, Rollup
from pytest_harness.vocabulary import Fault, RejectedBy
from tests.reports.evidence.plain import NATIVE, TEXT, gathered, plain, rejection, trials
from tests.reports.samples import cell, write_run


def by_name(rolled: tuple[Rollup, ...]) -> dict[str, Rollup]:
    return {each.name: each for each in rolled}


def test_cells_are_rolled_up_in_five_ways(tmp_path: Path) -> None:
    found = gathered(
        tmp_path,
        [
            plain(model="openai:gpt-5", form=NATIVE, judge=0.5),
            plain(model="openai:gpt-5", form=TEXT, passed=False, tools=()),
            plain(model="openai:gpt-5-mini", form=NATIVE, trial=2, fault=Fault.AUTH, cost=None),
            plain(model="ollama:qwen3", form=NATIVE, target="cli_help", cost=None),
        ],
    )
    rolled = found.summary.rollups
    assert list(by_name(rolled.target)) == ["cli_help", "python_add"]
    assert list(by_name(rolled.vendor)) == ["ollama", "openai"]
    assert list(by_name(rolled.model)) == ["ollama:qwen3", "openai:gpt-5", "openai:gpt-5-mini"]
    assert list(by_name(rolled.format)) == ["native", "text"]
    assert {name: each.cells for name, each in by_name(rolled.tool_sequence).items()} == {
        "(none)": 1,
        "read_file > replace_text": 3,
    }
    openai = by_name(rolled.vendor)["openai"]
    assert (openai.cells, openai.samples, openai.passed, openai.failed) == (3, 2, 1, 1)
    assert openai.not_counted == {"auth": 1}
    assert openai.rate == 0.5
    assert openai.interval is not None
    assert (round(openai.interval.low, 3), round(openai.interval.high, 3)) == (0.095, 0.905)
    assert (openai.cost_usd, openai.judge_cost_usd, openai.unpriced) == (0.5, 0.5, 1)
    assert (openai.tokens_input, openai.tokens_output, openai.turns) == (4500, 150, 9)
    assert found.summary.totals.cells == 4
    for group in (rolled.target, rolled.vendor, rolled.model, rolled.format, rolled.tool_sequence):
        assert sum(each.cells for each in group) == 4
        assert sum(each.passed for each in group) == found.summary.totals.passed == 2


def test_rejections_are_counted_by_who_made_them(tmp_path: Path) -> None:
    cells = [
        plain(
            rejections=[
                rejection(RejectedBy.TOOL, "write_file", recovered=True),
                rejection(RejectedBy.TOOL, "write_file"),
                rejection(RejectedBy.FORMAT, ""),
                rejection(RejectedBy.VALIDATOR, "empty-reply"),
                rejection(RejectedBy.JUDGE, "symmetric-cheap"),
                rejection(RejectedBy.JUDGE, "symmetric-cheap", recovered=True),
            ],
            # More than the record lists.
            rejected_calls=250,
        )
    ]
    found = gathered(tmp_path, cells)
    totals = found.summary.totals
    assert (totals.rejected_calls, totals.recovered) == (250, 1)
    assert (totals.objections, totals.vetoes) == (1, 2)
    assert [(each.by.value, each.rule, each.count) for each in found.cells[0].refusals] == [
        ("format", "", 1),
        ("tool", "write_file", 2),
        ("validator", "empty-reply", 1),
        ("judge", "symmetric-cheap", 2),
    ]


def test_cells_of_other_backends_are_only_counted(tmp_path: Path) -> None:
    run = write_run(tmp_path, [cell(), cell(trial=2), plain()], unfinished=[plain(trial=2)])
    summary = gather(RunReader(run.path)).summary
    assert (summary.totals.cells, summary.other_cells, summary.unfinished) == (1, 2, 1)


def test_a_run_without_plain_models_has_no_numbers(tmp_path: Path) -> None:
    found = gathered(tmp_path, [cell()])
    assert found.cells == ()
    assert found.summary.totals.rate is None
    assert found.summary.totals.interval is None
    assert found.summary.totals.cost_usd is None
    assert found.parity.models == {}
    assert found.readiness.models == ()


def test_targets_of_one_name_are_told_apart(tmp_path: Path) -> None:
    cells = [plain(), plain(target_id="elsewhere.python_add", passed=False)]
    rolled = gathered(tmp_path, cells).summary.rollups.target
    assert [(each.name, each.passed) for each in rolled] == [
        ("python_add", 1),
        ("python_add (elsewhere.python_add)", 0),
    ]


def test_the_transcript_is_named_where_there_is_one(tmp_path: Path) -> None:
    run = write_run(tmp_path, [plain(), plain(trial=2)])
    reader = RunReader(run.path)
    with_events = run.cells[0].candidates[1]
    (reader.artifact(with_events) / CandidateFile.EVENTS).write_text("{}\n")
    first, second = gather(reader).cells
    assert first.transcript == f"{with_events.artifacts}/events.jsonl"
    (reader.artifact(with_events) / CandidateFile.TRANSCRIPT).write_text("{}\n")
    assert gather(reader).cells[0].transcript == f"{with_events.artifacts}/transcript.jsonl"
    assert (run.path / first.evidence / "cell.json").is_file()
    assert second.transcript is None


def test_nobody_pays_for_a_local_model_but_for_its_judge(tmp_path: Path) -> None:
    judge = Spent(usage=Usage(input=5))
    judged = plain(model="ollama:a", cost=None)
    judged = judged.model_copy(
        update={"spending": Spending(proposal=judged.spending.proposal, judge=judge)}
    )
    cells = [
        plain(model="ollama:b", cost=None),
        plain(model="openai:c", cost=None),
        plain(model="openai:d", cost=0.0),
        judged,
    ]
    found = gathered(tmp_path, cells)
    assert {each.model: each.unpriced for each in found.cells} == {
        "ollama:a": True,
        "ollama:b": False,
        "openai:c": True,
        "openai:d": False,
    }


def test_which_vendors_are_local_can_be_told(tmp_path: Path) -> None:
    cells = [plain(model="mine:m"), plain(model="ollama:q")]
    run = write_run(tmp_path, cells)
    assert gather(RunReader(run.path)).summary.local == ("ollama:q",)
    run = write_run(tmp_path, cells, name="second", local_vendors=("mine",))
    found = gather(RunReader(run.path))
    assert found.summary.local == ("mine:m", "ollama:q")
    assert [each.model for each in found.readiness.models] == ["mine:m", "ollama:q"]


@pytest.mark.parametrize(
    ("passed", "failed", "expected"),
    [
        (4, 1, Readiness.READY),
        (8, 2, Readiness.READY),
        (7, 3, Readiness.NOT_READY),
        (0, 5, Readiness.NOT_READY),
        (4, 0, Readiness.UNKNOWN),
    ],
)
def test_a_local_model_is_ready_by_its_better_format(
    tmp_path: Path, passed: int, failed: int, expected: Readiness
) -> None:
    found = gathered(tmp_path, trials(TEXT, passed, failed) + trials(NATIVE, 0, 5))
    (model,) = found.readiness.models
    best_is_text = passed + failed >= 5 and passed > 0
    assert model.verdict is (expected if best_is_text else Readiness.NOT_READY)
    assert model.best is (TEXT if best_is_text else NATIVE)
    alone = gathered(tmp_path / "alone", trials(TEXT, passed, failed)).readiness.models[0]
    assert alone.verdict is expected
    assert alone.best is TEXT
    assert "only the format text was tried" in alone.caveats


def test_a_verdict_on_a_local_model_says_what_it_leaves_open(tmp_path: Path) -> None:
    cells = [
        *trials(NATIVE, 5, 0, repetitions=1),
        *trials(TEXT, 1, 4, repetitions=1),
        plain(trial=9, fault=Fault.TRANSPORT, cost=None),
        plain(trial=8, fault=Fault.UNSUPPORTED, cost=None),
    ]
    (model,) = gathered(tmp_path, cells).readiness.models
    assert model.verdict is Readiness.READY
    assert model.caveats == (
        "every target was tried once; a second trial may end otherwise",
        "5 of 5 leaves room for a rate of 57%",
        "in the format text it passes 1 of 5",
        "2 cells did not count: transport 1, unsupported 1",
    )
    # 50 tokens in 12.5 seconds, of the samples alone.
    assert model.tokens_per_second == 4.0
    assert model.seconds_per_cell == 14.85


def test_a_local_model_that_only_failed_to_answer_is_unknown(tmp_path: Path) -> None:
    found = gathered(tmp_path, [plain(fault=Fault.UNAVAILABLE, cost=None)])
    (model,) = found.readiness.models
    assert model.verdict is Readiness.UNKNOWN
    assert model.best is None
    assert model.seconds_per_cell is None
    assert "no cell says anything about the model" in model.caveats


def test_the_mock_is_no_local_model(tmp_path: Path) -> None:
    found = gathered(tmp_path, [plain(model="mock:mock")])
    assert found.readiness.models == ()
    assert list(found.parity.models) == ["mock:mock"]


def test_variants_are_compared_on_what_they_share(tmp_path: Path) -> None:
    cells = [
        *(plain(variant="judged", form=TEXT, trial=each) for each in range(1, 7)),
        *(plain(variant="bare", form=TEXT, trial=each, passed=False) for each in range(1, 7)),
        plain(variant="judged", form=TEXT, trial=7, passed=False),
        plain(variant="bare", form=TEXT, trial=7),
        plain(variant="judged", form=TEXT, trial=8),
        plain(variant="bare", form=TEXT, trial=8, fault=Fault.TRANSPORT, cost=None),
        plain(variant="judged", form=NATIVE),
        plain(variant="bare", form=NATIVE),
        plain(form=NATIVE, target="without_variants"),
    ]
    native, text = gathered(tmp_path, cells).summary.ablations
    assert (text.format, text.before, text.after) == (TEXT, "bare", "judged")
    assert (text.pairs, text.recoveries, text.regressions) == (7, 6, 1)
    assert text.p_value == 0.125
    assert text.difference == pytest.approx(5 / 7)
    assert (native.pairs, native.both_pass, native.p_value) == (1, 1, None)


def test_what_deserves_a_look_is_listed_with_its_evidence(tmp_path: Path) -> None:
    found = gathered(
        tmp_path,
        [
            *trials(NATIVE, 6, 0, model="openai:a", repetitions=6),
            *trials(TEXT, 0, 6, model="openai:a", repetitions=6),
            plain(
                model="openai:b",
                cost=None,
                rejections=[rejection(recovered=True), rejection()],
            ),
            plain(model="openai:b", trial=2, fault=Fault.RATE_LIMIT, reason="wait", cost=None),
        ],
    )
    listed = {each.kind: each for each in found.summary.followups}
    assert list(listed) == list(FollowupKind)
    failure = listed[FollowupKind.FAILURE]
    assert failure.title == "openai:a fails target_0 in 6 of 12 samples"
    assert "text 6" in failure.detail
    assert "tests-pass 6" in failure.detail
    assert failure.count == 6
    assert failure.evidence[0] == "cells/target_0/model-openai-a-text-t1"
    assert len(failure.evidence) == 5
    rejected = listed[FollowupKind.REJECTED]
    assert rejected.title == "calls that were refused: write_file (2)"
    assert "1 followed by success" in rejected.detail
    divergence = listed[FollowupKind.DIVERGENCE]
    assert divergence.title == "openai:a on target_0 depends on the format in 6 pairs"
    assert divergence.detail == "Pairs: native-only 6."
    assert listed[FollowupKind.PRICE].count == 2
    fault = listed[FollowupKind.FAULT]
    assert (fault.title, fault.detail) == ("1 cell of openai:b did not count: rate-limit", "wait")
