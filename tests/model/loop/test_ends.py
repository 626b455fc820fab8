"""How a proposal ends that the model does not end: limits, time, faults, the session."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.errors import SupervisorError
from pytest_harness.model import repeating
from pytest_harness.model.client import Ending, ModelError, Reply
from pytest_harness.model.conversation import Call
from pytest_harness.model.options import ModelOptions
from pytest_harness.model.tools.base import Outcome
from pytest_harness.records import Usage
from pytest_harness.vocabulary import Ended, Fault
from tests.model.loop.doubles import Bench, Player, calling, saying, work

LATE = ModelError(Fault.TRANSPORT, "it gave no whole answer in time", again=True)
LIMITED = ModelError(Fault.RATE_LIMIT, "it asked to wait 7 s", retry_after=7, again=True)
BROKEN = ModelError(Fault.TRANSPORT, "it failed by itself", again=True)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody wait; holds how long it would have been."""
    found: list[float] = []

    def wait(seconds: float, ending: Ending) -> bool:
        found.append(seconds)
        return not ending()

    monkeypatch.setattr(repeating, "wait", wait)
    return found


def late(limit: float, _ending: Ending) -> Reply:
    """Answer nothing until the limit is over."""
    time.sleep(limit)
    raise LATE


@pytest.mark.parametrize(
    ("options", "word", "asked"),
    [
        (ModelOptions(turns=2), "2 turns", 2),
        (ModelOptions(budget_tokens=300), "300 tokens was reached: it used 330", 3),
        (ModelOptions(budget_usd=0.02), "0.02 dollars", 2),
    ],
)
def test_a_limit_ends_it_without_a_fault(
    tmp_path: Path, options: ModelOptions, word: str, asked: int
) -> None:
    player = Player([calling(f"read_file:{at}") for at in range(9)])
    told = work(tmp_path, player=player, options=options)
    assert (told.end.completed, told.end.fault, told.end.ended) == (False, None, None)
    assert word in told.end.reason
    assert len(player.questions) == asked
    assert told.events[-1]["kind"] == "failed"


def test_who_is_done_has_not_met_the_limit(tmp_path: Path) -> None:
    options = ModelOptions(turns=1, budget_tokens=1, budget_usd=0.0001)
    assert work(tmp_path, saying(), options=options).end.completed


@pytest.mark.parametrize(
    ("options", "reply", "word"),
    [
        (ModelOptions(budget_usd=1), {"cost_usd": None}, "budget_usd cannot be held"),
        (ModelOptions(budget_tokens=9), {"usage": Usage()}, "budget_tokens cannot be held"),
    ],
)
def test_a_limit_that_cannot_be_held_is_a_fault(
    tmp_path: Path, options: ModelOptions, reply: dict[str, Any], word: str
) -> None:
    told = work(tmp_path, calling("read_file", **reply), saying(), options=options)
    assert told.end.fault is Fault.UNSUPPORTED
    assert word in told.end.reason


def test_what_was_spent_is_known_when_the_supervisor_dies(tmp_path: Path) -> None:
    def dies(_call: Call) -> Outcome:
        raise SupervisorError("the supervisor was ended from outside")

    told = work(tmp_path, calling("read_file"), tools=Bench(answer=dies))
    assert (told.end.completed, told.end.fault) == (False, Fault.INTERNAL)
    assert told.end.reason == "the supervisor was ended from outside"
    assert told.teller.spent.cost_usd == pytest.approx(0.01)


def test_costs_that_are_known_in_part_are_not_known(tmp_path: Path) -> None:
    told = work(tmp_path, calling("read_file"), saying(cost_usd=None), saying())
    assert told.teller.spent.cost_usd is None
    assert told.teller.spent.usage.input == 200


def test_errors_that_may_pass_are_repeated(tmp_path: Path, pauses: list[float]) -> None:
    told = work(tmp_path, BROKEN, LIMITED, saying())
    assert told.end.completed
    assert pauses == [1, 7]
    assert told.teller.summary.retries == 2
    assert [each["text"] for each in told.events if each["kind"] == "retry"] == [
        "it failed by itself",
        "it asked to wait 7 s",
    ]


def test_each_request_is_repeated_so_often(tmp_path: Path, pauses: list[float]) -> None:
    player = Player([BROKEN, BROKEN, calling("read_file"), BROKEN, BROKEN, BROKEN])
    told = work(tmp_path, player=player)
    assert (told.end.completed, told.end.fault) == (False, Fault.TRANSPORT)
    assert told.end.reason == "it failed by itself"
    assert (len(player.questions), len(pauses)) == (6, 4)


def test_what_does_not_pass_is_not_repeated(tmp_path: Path, pauses: list[float]) -> None:
    error = ModelError(Fault.AUTH, "it refused the key in X; give it one that is valid")
    told = work(tmp_path, error)
    assert (told.end.fault, told.end.reason, pauses) == (Fault.AUTH, str(error), [])


def test_who_asks_to_wait_too_long_is_not_waited_for(tmp_path: Path, pauses: list[float]) -> None:
    told = work(tmp_path, ModelError(Fault.RATE_LIMIT, "later", retry_after=61, again=True))
    assert (told.end.fault, told.end.retry_after, pauses) == (Fault.RATE_LIMIT, 61, [])
    told = work(tmp_path, LIMITED, timeout=5)
    assert (told.end.fault, told.end.retry_after, pauses) == (Fault.RATE_LIMIT, 7, [])


def test_a_minute_is_for_all_repeats_of_a_request(tmp_path: Path, pauses: list[float]) -> None:
    error = ModelError(Fault.RATE_LIMIT, "later", retry_after=25, again=True)
    options = ModelOptions(retries=9)
    told = work(tmp_path, error, options=options, timeout=600)
    assert told.end.fault is Fault.RATE_LIMIT
    assert pauses == [25, 25]


def test_a_conversation_that_grew_too_long_is_the_models_own_failure(tmp_path: Path) -> None:
    error = ModelError(Fault.UNSUPPORTED, "its context window is full")
    told = work(tmp_path, calling("read_file"), error)
    assert (told.end.completed, told.end.fault, told.end.reason) == (False, None, str(error))


def test_time_before_the_first_answer_is_transport(tmp_path: Path) -> None:
    told = work(tmp_path, late, timeout=0.3)
    assert (told.end.ended, told.end.fault) == (Ended.TIMEOUT, Fault.TRANSPORT)
    assert told.end.reason == "no answer from vendor:model within 0.3 s"


def test_time_after_an_answer_is_the_models(tmp_path: Path) -> None:
    told = work(tmp_path, calling("read_file"), late, timeout=0.3)
    assert (told.end.ended, told.end.fault) == (Ended.TIMEOUT, None)
    assert told.end.reason == "vendor:model was still working when its 0.3 s were over"


def test_time_while_repeating_is_that_fault(tmp_path: Path, pauses: list[float]) -> None:
    told = work(tmp_path, calling("read_file"), BROKEN, late, timeout=2)
    assert (told.end.ended, told.end.fault) == (Ended.TIMEOUT, Fault.TRANSPORT)
    assert "the last that was heard: it failed by itself" in told.end.reason
    assert pauses == [1]


def test_time_that_a_tool_takes_ends_the_turn(tmp_path: Path) -> None:
    def slow(_call: object) -> Outcome:
        time.sleep(0.3)
        return Outcome(text="slept")

    tools = Bench(answer=slow)
    told = work(tmp_path, calling("read_file", "write_file"), tools=tools, timeout=0.2)
    assert (told.end.ended, told.end.fault) == (Ended.TIMEOUT, None)
    assert tools.executed == ["read_file"]


def test_the_end_of_the_session_is_noticed(tmp_path: Path) -> None:
    over: list[bool] = []

    def last(_call: object) -> Outcome:
        over.append(True)
        return Outcome(text="")

    told = work(tmp_path, calling("read_file"), tools=Bench(answer=last), ending=lambda: bool(over))
    assert (told.end.ended, told.end.fault) == (Ended.INTERRUPT, Fault.INTERRUPTED)


def test_the_end_of_the_session_is_noticed_while_waiting(
    tmp_path: Path, pauses: list[float]
) -> None:
    told = work(tmp_path, BROKEN, ending=lambda: bool(pauses))
    assert told.end.fault is Fault.INTERRUPTED
    assert told.teller.summary.turns == 1
