"""Calls by a vendor's own means, and what they gave."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pytest_harness.model.client import BrokenCall
from pytest_harness.model.clients.calls import read_arguments
from pytest_harness.model.conversation import Call, Given, Said, Words
from pytest_harness.testing import CallTool, Say, Think, Together, Wire
from pytest_harness.vocabulary import Role
from tests.model.clients.wires import SPEAKERS, Speaker, every_speaker, talk

LONG = "a path that is so long that every vendor sends it in pieces.txt"
ONE = CallTool("read_file", {"path": LONG, "deep": {"list": [1, None, "ü"]}})
TWO = Together(CallTool("read_file", {"path": "a"}), CallTool("read_file", {"path": "b"}))


@every_speaker
def test_a_call_and_its_result(speaker: Speaker) -> None:
    with talk(speaker, [Say("I look."), ONE, Say("Done.")]) as it:
        first = it.ask()
        it.give("what stands there: äöü")
        second = it.ask()
    [call] = first.calls
    assert first.text == "I look."
    assert (call.name, call.arguments) == (ONE.name, ONE.arguments)
    assert call.id
    assert it.requests[1].results == ("what stands there: äöü",)
    assert (second.text, second.calls) == ("Done.", ())


@every_speaker
def test_several_calls_in_one_turn(speaker: Speaker) -> None:
    with talk(speaker, [TWO, TWO, Say("Done.")]) as it:
        first = it.ask()
        it.give("one", "two")
        second = it.ask()
        it.give("three", "four")
        it.ask()
    assert [call.arguments for call in first.calls] == [{"path": "a"}, {"path": "b"}]
    assert it.requests[2].results == ("one", "two", "three", "four")
    assert len({call.id for call in (*first.calls, *second.calls)}) == 4


@pytest.mark.parametrize(
    "wire", [Wire.RESPONSES, Wire.CHAT, Wire.MESSAGES], ids=lambda it: it.value
)
def test_a_call_has_the_name_that_its_vendor_gave_it(wire: Wire) -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is wire]
    with talk(speaker, [ONE, Say("Done.")]) as it:
        [call] = it.ask().calls
        it.give("content")
        it.ask()
    assert "call_0_0" in call.id
    assert json.dumps(it.requests[1].body).count(call.id) == 2


def test_a_vendor_that_uses_a_name_twice() -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is Wire.CHAT]
    earlier = Call(name="read_file", arguments={"path": "a"}, id="call_0_0")
    with talk(speaker, [ONE, ONE, Say("Done.")]) as it:
        it.messages.append(Said(calls=(earlier,)))
        # The scripted model counts results, so that without one it names its call as before.
        it.messages.append(Words(role=Role.USER, text="no result"))
        [call] = it.ask().calls
        it.give("content")
        it.ask()
    assert call.id != earlier.id
    answers = [each for each in it.requests[1].body["messages"] if each["role"] == "tool"]
    made = [
        each["id"]
        for said in it.requests[1].body["messages"]
        for each in said.get("tool_calls", ())
    ]
    assert [each["tool_call_id"] for each in answers] == [call.id]
    assert made == [earlier.id, call.id]


@every_speaker
def test_calls_that_another_client_heard(speaker: Speaker) -> None:
    call = Call(name="read_file", arguments={"path": "a"}, id="their_own_1")
    with talk(speaker, [ONE, Say("Done.")]) as it:
        it.messages.append(Said(text="I look.", calls=(call,), native=object()))
        it.messages.append(Given(call=call, text="content"))
        reply = it.ask()
    assert it.requests[0].results == ("content",)
    assert reply.text == "Done."


@pytest.mark.parametrize("wire", [Wire.MESSAGES, Wire.GEMINI], ids=lambda it: it.value)
def test_a_call_that_failed_is_marked_where_there_is_a_mark(wire: Wire) -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is wire]
    with talk(speaker, [ONE, Say("Done.")]) as it:
        it.ask()
        it.give("no such file", failed=True)
        it.ask()
    body = json.dumps(it.requests[1].body)
    assert '"is_error": true' in body or '{"error": "no such file"}' in body
    assert it.requests[1].results == ("no such file",)


def test_signatures_go_back_unchanged() -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is Wire.MESSAGES]
    with talk(speaker, [Think("Hm."), ONE, Say("Done.")]) as it:
        it.ask()
        it.give("content")
        it.ask()
    [thought] = [
        block
        for message in it.requests[1].body["messages"]
        for block in message["content"]
        if block["type"] == "thinking"
    ]
    assert thought == {"type": "thinking", "thinking": "Hm.", "signature": "scripted"}


def test_sealed_reasoning_goes_back_unchanged() -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is Wire.RESPONSES]
    thinking = dataclasses.replace(speaker, model="gpt-5")
    with talk(thinking, [Think("Hm."), ONE, Say("Done.")]) as it:
        it.ask()
        it.give("content")
        it.ask()
    [item] = [each for each in it.requests[1].body["input"] if each.get("type") == "reasoning"]
    assert item["encrypted_content"] == "sealed rs_0_0"
    assert it.requests[0].body["store"] is False


@pytest.mark.parametrize("text", ['{"path": "a"', "[1]", '"a"', "null", "[" * 100_000])
def test_arguments_that_are_no_object(text: str) -> None:
    read = read_arguments("read_file", text, "call_1")
    assert isinstance(read, BrokenCall)
    assert (read.name, read.text, read.id) == ("read_file", text, "call_1")
    assert "read_file" in read.why


def test_no_arguments_are_an_object_without_members() -> None:
    assert read_arguments("list", "", "call_1") == Call(name="list", arguments={}, id="call_1")


def test_a_call_without_a_name_is_none() -> None:
    assert isinstance(read_arguments("", "{}", "call_1"), BrokenCall)
