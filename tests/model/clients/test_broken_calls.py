"""Calls whose arguments nobody can read, as models under way make them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_harness.model.client import Finish
from pytest_harness.model.conversation import Call, Given, Message, Question, Said
from pytest_harness.testing import Wire
from tests.model.clients.lines import Lines
from tests.model.clients.wires import LIMIT, OPENING, READ_FILE, SPEAKERS, never

Json = dict[str, Any]
BROKEN = '{"path": "a'


def chat() -> Iterator[Json]:
    """Yield the chunks of Chat Completions."""
    function = {"name": "read_file", "arguments": BROKEN}
    delta: Json = {"tool_calls": [{"index": 0, "id": "call_7", "type": "function"}]}
    delta["tool_calls"][0]["function"] = function
    head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    yield head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}


def responses() -> Iterator[Json]:
    """Yield the events of Responses."""
    item = {"type": "function_call", "id": "i", "call_id": "call_7", "name": "read_file"}
    whole = item | {"arguments": BROKEN, "status": "completed"}
    response: Json = {"id": "r", "object": "response", "created_at": 0, "model": "m"}
    response |= {"output": [], "status": "in_progress"}
    place = {"output_index": 0, "item_id": "i"}
    kind = "response.function_call_arguments"
    yield {"type": "response.created", "response": response}
    begun = item | {"arguments": "", "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": 0, "item": begun}
    yield {"type": f"{kind}.delta", **place, "delta": BROKEN}
    yield {"type": f"{kind}.done", **place, "arguments": BROKEN}
    yield {"type": "response.output_item.done", "output_index": 0, "item": whole}
    done = response | {"status": "completed", "output": [whole]}
    yield {"type": "response.completed", "response": done}


def messages() -> Iterator[Json]:
    """Yield the events of Messages."""
    start: Json = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    start |= {"stop_reason": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    block = {"type": "tool_use", "id": "call_7", "name": "read_file", "input": {}}
    added = {"type": "input_json_delta", "partial_json": BROKEN}
    yield {"type": "message_start", "message": start}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": added}
    yield {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": "max_tokens", "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}}
    yield {"type": "message_stop"}


STREAMS = {Wire.CHAT: chat, Wire.RESPONSES: responses, Wire.MESSAGES: messages}


def broken_call(wire: Wire) -> Lines:
    """Return a server that makes the same broken call whatever it is asked."""
    return Lines(*(_event(each) for each in STREAMS[wire]()))


def _event(event: Json) -> str:
    head = f"event: {event['type']}\n" if "type" in event else ""
    return f"{head}data: {json.dumps(event)}\n\n"


@pytest.mark.parametrize("wire", STREAMS, ids=lambda it: it.value)
def test_it_is_told_apart_and_can_be_answered(wire: Wire) -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is wire]
    with broken_call(wire) as server:
        client = speaker.client(server.root_url)
        first = client.ask(Question(messages=OPENING, tools=(READ_FILE,)), LIMIT, never)
        [broken] = first.broken
        call = Call(name=broken.name, id=broken.id)
        then: tuple[Message, ...] = (
            Said(text=first.text, native=first.native),
            Given(call=call, text=broken.why, failed=True),
        )
        client.ask(Question(messages=(*OPENING, *then), tools=(READ_FILE,)), LIMIT, never)
        client.close()
    assert first.calls == ()
    assert (broken.name, broken.text, broken.id) == ("read_file", BROKEN, "call_7")
    assert "no JSON" in broken.why
    assert first.finish is (Finish.LENGTH if wire is Wire.MESSAGES else Finish.STOP)
    assert broken.why in json.dumps(server.bodies[1])
    assert json.dumps(server.bodies[1]).count("call_7") == 2


def test_a_result_of_a_call_that_a_vendor_does_not_know_is_told_in_words() -> None:
    [speaker] = [each for each in SPEAKERS if each.wire is Wire.CHAT]
    given = Given(call=Call(name="", id="call_unread"), text="Send an object.", failed=True)
    with broken_call(Wire.CHAT) as server:
        client = speaker.client(server.root_url)
        client.ask(Question(messages=(*OPENING, given)), LIMIT, never)
        client.close()
    assert [each["role"] for each in server.bodies[0]["messages"]] == ["system", "user", "user"]
    assert "Send an object." in json.dumps(server.bodies[0])
