"""Reviewers of turns: what an objection keeps from happening, and what it costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.model import repeating
from pytest_harness.model.client import ModelError
from pytest_harness.model.conversation import Words
from pytest_harness.model.options import ModelOptions
from pytest_harness.model.prompts import NOT_EXECUTED
from pytest_harness.records import Spent, Usage
from pytest_harness.vocabulary import Fault, RejectedBy, Role, Tool, ToolFormat
from tests.model.loop.doubles import Bench, Objector, Player, calling, saying, work

COST = Spent(usage=Usage(input=7, output=1), cost_usd=0.001)


def test_nothing_of_such_a_turn_is_executed(tmp_path: Path) -> None:
    tools = Bench()
    player = Player([calling("write_file:a", "read_file:b"), calling("read_file"), saying()])
    told = work(tmp_path, tools=tools, player=player, reviewers=[Objector([1])])
    assert told.end.completed
    assert tools.executed == ["read_file"]
    assert [text for _, text, _ in player.results[:2]] == [NOT_EXECUTED] * 2
    assert Words(role=Role.USER, text="do it otherwise") in player.questions[1].messages
    assert told.rejected == [(1, RejectedBy.VALIDATOR, "a-rule", True)]
    assert told.teller.rejections.calls == 2


def test_such_an_end_is_none(tmp_path: Path) -> None:
    told = work(tmp_path, saying("first"), saying("second"), reviewers=[Objector([1])])
    assert told.end.completed
    assert told.teller.summary.answer == "second"
    assert told.rejected == [(1, RejectedBy.VALIDATOR, "a-rule", False)]


def test_in_text_the_model_is_told_as_well(tmp_path: Path) -> None:
    call = '<tool_call>{"name": "write_file", "arguments": {}}</tool_call>'
    tools = Bench()
    player = Player([saying(call), saying("<done/>")])
    work(tmp_path, tools=tools, player=player, reviewers=[Objector([1])], format_=ToolFormat.TEXT)
    assert tools.executed == []
    last = player.questions[-1].messages[-1]
    assert isinstance(last, Words)
    assert "do it otherwise" in last.text


def test_the_first_objection_counts(tmp_path: Path) -> None:
    second = Objector([], by=RejectedBy.JUDGE)
    told = work(tmp_path, calling("read_file"), saying(), reviewers=[Objector([1]), second])
    assert len(second.seen) == 1
    assert [by for _, by, _, _ in told.rejected] == [RejectedBy.VALIDATOR]


def test_reviewers_know_the_situation(tmp_path: Path) -> None:
    reviewer = Objector([])
    work(
        tmp_path,
        calling("read_file", "fly"),
        saying(),
        reviewers=[reviewer],
        options=ModelOptions(max_tokens=99),
    )
    first, second = reviewer.seen
    assert (first.executed, second.executed) == (0, 1)
    assert (len(first.messages), len(second.messages)) == (1, 4)
    assert (first.objective, first.max_tokens) == ("Do the job.\n", 99)
    assert 0 < second.limit <= first.limit <= 60


@pytest.mark.parametrize(
    ("offered", "expected"),
    [((), False), ((Tool.READ_FILE,), False), ((Tool.READ_FILE, Tool.REPLACE_TEXT), True)],
)
def test_writes_are_expected_where_they_are_offered(
    tmp_path: Path, offered: tuple[str, ...], *, expected: bool
) -> None:
    reviewer = Objector([])
    work(tmp_path, saying(), reviewers=[reviewer], tools=Bench(offered=offered))
    assert reviewer.seen[0].writes_expected is expected


def test_reviews_are_paid_for_apart(tmp_path: Path) -> None:
    judge = Objector([1], by=RejectedBy.JUDGE, spent=COST)
    told = work(tmp_path, calling("read_file"), calling("read_file"), saying(), reviewers=[judge])
    assert told.teller.judged == COST + COST + COST
    assert told.teller.spent.usage.input == 300


def test_reviews_count_in_the_budget(tmp_path: Path) -> None:
    judge = Objector([], spent=Spent(usage=Usage(input=1000), cost_usd=0.0))
    options = ModelOptions(budget_tokens=1000)
    told = work(tmp_path, calling("read_file"), saying(), reviewers=[judge], options=options)
    assert "1000 tokens was reached: it used 1110" in told.end.reason


def test_a_judge_without_an_answer_is_its_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "wait", lambda *_: True)
    error = ModelError(Fault.TRANSPORT, "step judge a:b: context window", again=True)
    judge = Objector([], error=error)
    told = work(tmp_path, saying(), reviewers=[judge])
    assert (told.end.completed, told.end.fault) == (False, Fault.TRANSPORT)
    assert told.end.reason == str(error)
    assert len(judge.seen) == 3
