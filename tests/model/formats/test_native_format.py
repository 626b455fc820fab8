from __future__ import annotations

import pytest

from pytest_harness.model.client import BrokenCall, Reply
from pytest_harness.model.conversation import Call, Given, Said, Sampling, Words
from pytest_harness.model.formats.choosing import format_of
from pytest_harness.model.formats.native import NativeFormat
from pytest_harness.model.formats.text import write_call
from pytest_harness.model.formats.text_parser import MOST_CALLS
from pytest_harness.vocabulary import Role, ToolFormat
from tests.model.formats.parts import TOOLS

FORMAT = NativeFormat()
CALL = Call(name="read_file", arguments={"path": "a.py"}, id="c1")
BROKEN = BrokenCall(name="write_file", text='{"path": "b', why="It is cut.", id="c2")


def test_a_format_goes_by_its_name() -> None:
    assert isinstance(format_of(ToolFormat.NATIVE), NativeFormat)


def test_the_tools_stand_beside_the_conversation() -> None:
    hello = Words(role=Role.USER, text="Hello")
    question = FORMAT.question("Be brief.", [hello], TOOLS, Sampling(seed=1))
    assert question.messages == (Words(role=Role.SYSTEM, text="Be brief."), hello)
    assert question.tools == TOOLS
    assert question.sampling.seed == 1


@pytest.mark.parametrize(
    ("reply", "done"),
    [
        (Reply(text="All is well."), True),
        (Reply(), True),
        (Reply(text=write_call(CALL)), True),
        (Reply(calls=(CALL,)), False),
        (Reply(text="I try.", broken=(BROKEN,)), False),
    ],
)
def test_an_answer_without_calls_is_the_last(reply: Reply, done: bool) -> None:
    turn = FORMAT.read(reply, 1, TOOLS)
    assert turn.done == done
    assert turn.calls == reply.calls
    assert turn.text == reply.text


def test_every_call_is_answered_whole_or_broken() -> None:
    reply = Reply(text="I try.", calls=(CALL,), broken=(BROKEN,), native=["as it came"])
    turn = FORMAT.read(reply, 1, TOOLS)
    (rejected,) = turn.rejected
    assert (rejected.name, rejected.id, rejected.text) == ("write_file", "c2", BROKEN.text)
    assert "It is cut." in rejected.why
    (said,) = FORMAT.accepted(turn)
    assert isinstance(said, Said)
    assert said.text == "I try."
    assert said.native == ["as it came"]
    assert [call.id for call in said.calls] == ["c1", "c2"]
    result = Given(call=CALL, text="hello")
    first, second, words = FORMAT.answered(turn, [result], ["Go on.", "Hurry."])
    assert first == result
    assert isinstance(second, Given)
    assert (second.call, second.failed) == (said.calls[1], True)
    assert second.text == rejected.why
    assert words == Words(role=Role.USER, text="Go on.\n\nHurry.")


def test_a_call_without_a_result_is_answered_all_the_same() -> None:
    turn = FORMAT.read(Reply(calls=(CALL,)), 1, TOOLS)
    (given,) = FORMAT.answered(turn, [], [])
    assert given == Given(call=CALL, text="This call was not executed.", failed=True)


def test_an_empty_answer_leaves_nothing_in_the_conversation() -> None:
    turn = FORMAT.read(Reply(native=["thoughts"]), 1, TOOLS)
    assert FORMAT.accepted(turn) == ()
    assert FORMAT.answered(turn, [], []) == ()


def test_calls_are_rejected_where_no_tools_are_offered() -> None:
    turn = FORMAT.read(Reply(calls=(CALL,)), 1, ())
    assert not turn.calls
    assert not turn.done
    assert "no tools are offered" in turn.rejected[0].why
    (said,) = FORMAT.accepted(turn)
    (given,) = FORMAT.answered(turn, [], [])
    assert isinstance(said, Said)
    assert isinstance(given, Given)
    assert said.calls == (given.call,)


def test_the_number_of_calls_has_an_end() -> None:
    calls = tuple(Call(name="read_file", id=f"c{number}") for number in range(MOST_CALLS + 2))
    turn = FORMAT.read(Reply(calls=calls), 1, TOOLS)
    assert turn.calls == calls[:MOST_CALLS]
    assert [each.id for each in turn.rejected] == [call.id for call in calls[MOST_CALLS:]]
    (said,) = FORMAT.accepted(turn)
    assert isinstance(said, Said)
    answers = FORMAT.answered(turn, [], [])
    assert [each.call.id for each in answers if isinstance(each, Given)] == [
        call.id for call in said.calls
    ]
