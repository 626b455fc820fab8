"""Scripts: which request gets which answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing import (
    Answer,
    Cut,
    Delay,
    Hang,
    Repeat,
    RunCommand,
    Say,
    Script,
    Status,
    Step,
    Think,
    Together,
    WriteFile,
)

LIST = RunCommand("ls")
WRITE = WriteFile("a.txt", "a")


def test_each_result_brings_the_next_call() -> None:
    script = Script([WRITE, LIST, Say("done")])
    assert script.answer(0, 0) == Answer((), WRITE)
    assert script.answer(1, 0) == Answer((), LIST)
    assert script.answer(2, 0) == Answer(("done",), None)


def test_same_request_gets_same_call_again() -> None:
    script = Script([WRITE, LIST])
    assert script.answer(0, 5) == Answer((), WRITE)


def test_more_results_than_calls_end_the_turn() -> None:
    assert Script([WRITE, Say("done")]).answer(7, 0) == Answer(("done",), None)


def test_empty_script_ends_its_turn_silently() -> None:
    assert Script([]).answer(0, 0) == Answer((), None)


def test_words_go_out_with_what_follows_them() -> None:
    script = Script([Say("first"), Say("second"), LIST])
    assert script.answer(0, 0) == Answer(("first", "second"), LIST)


def test_thoughts_and_delays_belong_to_what_follows_them() -> None:
    script = Script([LIST, Delay(1), Think("hm"), Delay(0.5), Say("done"), Status(500)])
    assert script.answer(0, 0) == Answer((), LIST)
    assert script.answer(1, 0) == Answer(("done",), Status(500), thinks=("hm",), delay=1.5)
    assert script.answer(1, 1) == Answer((), None)


def test_calls_made_together_await_all_their_results() -> None:
    both = Together(WRITE, LIST)
    script = Script([both, Status(500), WRITE, Repeat(both)])
    asked = [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0), (4, 0), (5, 0)]
    endings = [script.answer(*each).ending for each in asked]
    assert endings == [both, both, Status(500), WRITE, both, both, both]


def test_fault_answers_one_request() -> None:
    script = Script([Status(500), Hang(1), WRITE])
    assert script.answer(0, 0) == Answer((), Status(500))
    assert script.answer(0, 1) == Answer((), Hang(1))
    assert script.answer(0, 2) == Answer((), WRITE)


def test_fault_after_a_call_waits_for_its_result() -> None:
    script = Script([WRITE, Say("half"), Cut(), LIST])
    assert script.answer(0, 0) == Answer((), WRITE)
    assert script.answer(1, 0) == Answer(("half",), Cut())
    assert script.answer(1, 1) == Answer((), LIST)


def test_repeat_so_many_times() -> None:
    script = Script([Repeat(Status(503), times=2), Say("ok")])
    assert [script.answer(0, at).ending for at in range(3)] == [Status(503), Status(503), None]


@given(attempt=st.integers(0, 50), results=st.integers(0, 50))
def test_endless_fault_never_ends(attempt: int, results: int) -> None:
    assert Script([Repeat(Status(401))]).answer(results, attempt).ending == Status(401)


@given(results=st.integers(0, 50))
def test_endless_calls_never_end(results: int) -> None:
    assert Script([WRITE, Repeat(LIST)]).answer(results + 1, 0).ending == LIST


@given(
    steps=st.lists(st.sampled_from([WRITE, LIST, Say("x"), Status(500), Cut()]), max_size=8),
    results=st.integers(0, 10),
    attempt=st.integers(0, 10),
)
def test_every_request_has_an_answer(steps: list[Step], results: int, attempt: int) -> None:
    answer = Script(steps).answer(results, attempt)
    assert answer.ending is None or answer.ending in steps


def test_nothing_comes_after_an_endless_repeat() -> None:
    with pytest.raises(ConfigurationError, match="nothing comes after"):
        Script([Repeat(Status(500)), Say("never")])


@pytest.mark.parametrize("times", [0, -1])
def test_repeat_refuses_times_below_one(times: int) -> None:
    with pytest.raises(ConfigurationError, match="give it 1 or more"):
        Repeat(LIST, times=times)


def test_repeat_refuses_to_talk_for_ever() -> None:
    with pytest.raises(ConfigurationError, match="talk for ever"):
        Repeat(Say("and"), Think("so"), Delay(1))


def test_repeat_refuses_nothing() -> None:
    with pytest.raises(ConfigurationError, match="no steps"):
        Repeat()
