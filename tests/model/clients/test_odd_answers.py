"""Answers that are whole and hold what no vendor should send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pytest_harness.model.client import BrokenCall, Client
from pytest_harness.model.clients.calls import read_arguments
from pytest_harness.model.clients.mending import tokens, whole
from pytest_harness.model.conversation import Call, Given, Question, Said, Words
from pytest_harness.records import Usage
from pytest_harness.testing import Wire
from pytest_harness.vocabulary import Role
from tests.model.clients.lines import Lines
from tests.model.clients.wires import LIMIT, OPENING, READ_FILE, SPEAKERS, never

Json = dict[str, Any]
HALF = "\ud83d"


@contextmanager
def client_of(wire: Wire, *lines: str) -> Iterator[tuple[Client, Lines]]:
    [speaker] = [each for each in SPEAKERS if each.wire is wire]
    with Lines(*lines) as server:
        client = speaker.client(server.root_url)
        yield client, server
        client.close()


def chunk(finish: str | None = None, usage: Json | None = None, **delta: Any) -> str:
    """Return a chunk of Chat Completions."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head: Json = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps(head | {'choices': [choice], 'usage': usage})}\n\n"


def last(**more: Any) -> str:
    """Return the one line of an answer of Ollama."""
    message = {"role": "assistant", "content": "Done."}
    return json.dumps({"model": "m", "message": message, "done": True, **more}) + "\n"


@pytest.mark.parametrize("told", [(-1, 5), (1.5, 5), (5, "many"), (10**30, 5)])
def test_tokens_that_are_none_are_not_known(told: tuple[object, object]) -> None:
    usage = {"prompt_tokens": told[0], "completion_tokens": told[1], "total_tokens": 3}
    with client_of(Wire.CHAT, chunk("stop", usage, content="Done.")) as (client, _):
        reply = client.ask(Question(messages=OPENING), LIMIT, never)
    assert (reply.text, reply.usage, reply.cost_usd) == ("Done.", Usage(), None)


def test_tokens_of_ollama_below_zero_are_not_known() -> None:
    with client_of(Wire.OLLAMA, last(prompt_eval_count=-1, eval_count=7)) as (client, _):
        reply = client.ask(Question(messages=OPENING), LIMIT, never)
    assert reply.usage == Usage(output=7)


def test_a_number_of_tokens() -> None:
    assert [tokens(each) for each in (0, 7, 7.0)] == [0, 7, 7]
    odd = (True, -1, 1.5, float("nan"), float("inf"), 10**30, "7", None)
    assert {tokens(each) for each in odd} == {None}


def test_a_character_that_a_server_cut_in_two_is_one_again() -> None:
    lines = chunk(content="\ud83d"), chunk(content="\ude00 ok"), chunk("stop")
    with client_of(Wire.CHAT, *lines) as (client, _):
        assert client.ask(Question(messages=OPENING), LIMIT, never).text == "\U0001f600 ok"


def test_what_holds_halves_of_characters_can_be_sent_back() -> None:
    function = {"name": f"read{HALF}", "arguments": '{"path": "\\ud83d"}'}
    call = {"index": 0, "id": f"c{HALF}", "type": "function", "function": function}
    lines = chunk(content=f"Half {HALF}"), chunk("tool_calls", tool_calls=[call])
    with client_of(Wire.CHAT, *lines) as (client, server):
        first = client.ask(Question(messages=OPENING, tools=(READ_FILE,)), LIMIT, never)
        [made] = first.calls
        then = (
            Said(text=first.text, calls=first.calls, native=first.native),
            Given(call=made, text=f"No {HALF}", failed=True),
            Words(role=Role.USER, text=f"Again {HALF}"),
        )
        client.ask(Question(messages=(*OPENING, *then), tools=(READ_FILE,)), LIMIT, never)
    assert (first.text, made.name) == ("Half \ufffd", "read\ufffd")
    assert dict(made.arguments) == {"path": HALF}, "tools say what is wrong with it"
    texts = [message["content"] for message in server.bodies[1]["messages"][2:]]
    assert texts == ["Half \ufffd", "No \ufffd", "Again \ufffd"]


def test_whole_texts_stay_as_they_are() -> None:
    for text in ("", "plain", "gr\u00fcn \U0001f600"):
        assert whole(text) is text


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ('{"timeout": NaN}', "NaN is no number"),
        ('{"timeout": -Infinity}', "-Infinity is no number"),
        ('{"timeout": 1e999}', "too large"),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", "more than 32 levels"),
    ],
)
def test_arguments_that_no_record_can_hold_are_no_call(arguments: str, word: str) -> None:
    broken = read_arguments("run_command", arguments, "call_1")
    assert isinstance(broken, BrokenCall)
    assert word in broken.why


def test_such_arguments_of_ollama_are_no_call() -> None:
    function = {"name": "run_command", "arguments": {"timeout": float("inf")}}
    message = {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}
    with client_of(Wire.OLLAMA, last(message=message)) as (client, _):
        reply = client.ask(Question(messages=OPENING, tools=(READ_FILE,)), LIMIT, never)
    assert reply.calls == ()
    assert "Infinity is no number" in reply.broken[0].why


def test_deep_arguments_that_can_be_read() -> None:
    made = read_arguments("x", '{"a": ' + "[" * 31 + "]" * 31 + "}", "call_1")
    assert isinstance(made, Call)
