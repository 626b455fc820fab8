"""The server: what a client of the Responses protocol gets from it."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pytest_harness.testing import (
    Cut,
    Hang,
    Repeat,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Tokens,
    WriteFile,
)

APPLY_PATCH = {"type": "custom", "name": "apply_patch"}
EXEC = {"type": "function", "name": "exec_command"}


def ask(
    model: ScriptedModel,
    *,
    results: int = 0,
    key: str = "one",
    tools: tuple[dict[str, str], ...] = (EXEC,),
    stream: bool = True,
) -> tuple[int, dict[str, str], list[dict[str, Any]]]:
    """Send one request; return status, headers and events."""
    items: list[dict[str, Any]] = [{"type": "message", "role": "user", "content": f"do {key}"}]
    items += [
        {"type": "function_call_output", "call_id": f"call_{at}", "output": f"r{at}"}
        for at in range(results)
    ]
    body = {"model": "m", "stream": stream, "input": items, "tools": list(tools)}
    connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=30)
    try:
        connection.request("POST", "/v1/responses", json.dumps(body | {"prompt_cache_key": key}))
        answer = connection.getresponse()
        data = answer.read().decode()
    finally:
        connection.close()
    if not stream:
        return answer.status, dict(answer.headers), [json.loads(data)]
    events = [json.loads(line[6:]) for line in data.splitlines() if line.startswith("data: ")]
    return answer.status, dict(answer.headers), events


def items(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the finished items of a stream."""
    return [event["item"] for event in events if event["type"] == "response.output_item.done"]


def test_stream_has_the_order_of_the_protocol() -> None:
    with ScriptedModel([Say("hello")], tokens=Tokens(7, 3, 5, 2)) as model:
        status, headers, events = ask(model)
    assert status == 200
    assert headers["Content-Type"] == "text/event-stream"
    assert [event["type"] for event in events] == [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert events[-1]["response"]["usage"] == {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 12,
    }


def test_without_streaming_the_answer_is_one_object() -> None:
    with ScriptedModel([Say("hello")]) as model:
        _, _, [whole] = ask(model, stream=False)
    assert whole["output"][0]["content"][0]["text"] == "hello"


def test_command_is_called_with_the_offered_tool() -> None:
    with ScriptedModel([RunCommand("ls")]) as model:
        [default] = items(ask(model)[2])
        [other] = items(ask(model, key="b", tools=({"type": "function", "name": "bash"},))[2])
    assert (default["name"], json.loads(default["arguments"])) == ("exec_command", {"cmd": "ls"})
    assert (other["name"], json.loads(other["arguments"])) == ("bash", {"command": "ls"})


def test_file_is_written_with_a_patch_where_one_is_offered() -> None:
    with ScriptedModel([WriteFile("a.txt", "one\n\ntwo\n")]) as model:
        [call] = items(ask(model, tools=(EXEC, APPLY_PATCH))[2])
    assert call["name"] == "apply_patch"
    assert call["input"] == ("*** Begin Patch\n*** Add File: a.txt\n+one\n+\n+two\n*** End Patch\n")


@pytest.mark.parametrize("tools", [(EXEC,), (EXEC, APPLY_PATCH)])
def test_file_without_final_newline_is_written_exactly(tools: tuple[dict[str, str], ...]) -> None:
    with ScriptedModel([WriteFile("it's.txt", "no newline")]) as model:
        [call] = items(ask(model, tools=tools)[2])
    assert call["name"] == "exec_command"
    assert "'no newline'" in json.loads(call["arguments"])["cmd"]


def test_conversations_follow_the_script_each_on_its_own() -> None:
    with ScriptedModel([Status(500), RunCommand("ls"), Say("done")]) as model:

        def talk(key: str) -> list[int | str]:
            first, second = ask(model, key=key), ask(model, key=key)
            third = ask(model, key=key, results=1)
            return [first[0], items(second[2])[0]["type"], items(third[2])[0]["type"]]

        with ThreadPoolExecutor(4) as pool:
            talks = list(pool.map(talk, "abcdefgh"))
    assert talks == [[500, "function_call", "message"]] * 8
    assert sorted(model.conversations) == list("abcdefgh")


def test_conversation_without_a_key_is_known_by_its_beginning() -> None:
    with ScriptedModel([Status(500), Say("ok")]) as model:
        statuses = [ask(model, key="")[0] for _ in range(2)]
    assert statuses == [500, 200]
    assert len(model.conversations) == 1


def test_refusal_says_when_to_try_again() -> None:
    with ScriptedModel([Status(429, retry_after=1.5), Repeat(Status(401))]) as model:
        first, second = ask(model), ask(model)
    assert (first[0], first[1]["Retry-After"]) == (429, "1.5")
    assert second[0] == 401
    assert "Retry-After" not in second[1]


def test_cut_stream_lacks_its_end() -> None:
    with ScriptedModel([Say("half"), Cut()]) as model:
        _, _, events = ask(model)
    assert events[0]["type"] == "response.created"
    assert "response.completed" not in {event["type"] for event in events}
    assert items(events)[0]["content"][0]["text"] == "half"


def test_hang_ends_without_an_answer() -> None:
    with (
        ScriptedModel([Hang(0.05)]) as model,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        ask(model)


def test_leaving_ends_a_hang() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ScriptedModel([Hang(3600)]) as model:
            waiting = pool.submit(ask, model)
            while not model.asked:
                time.sleep(0.01)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            waiting.result(timeout=30)


def test_requests_are_recorded() -> None:
    with ScriptedModel([RunCommand("ls"), Say("done")]) as model:
        ask(model, key="this")
        ask(model, key="this", results=1)
    first, second = model.asked
    assert (first.model, first.prompt, first.tools) == ("m", "do this", ("exec_command",))
    assert (first.results, second.results) == ((), ("r0",))


@pytest.mark.parametrize("path", ["/v1/models", "/api/version", "/api/tags"])
def test_what_agents_ask_before_they_begin(path: str) -> None:
    with ScriptedModel([], models=["gpt-oss:20b"]) as model:
        connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
    assert answer.status == 200
    assert "gpt-oss:20b" in text or "version" in text
    assert model.asked == ()
    assert [request.path for request in model.requests] == [path]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v2", "", 404),
        ("POST", "/api/pull", "{}", 404),
        ("GET", "/v1/responses", "", 426),
        ("POST", "/v1/responses", "not json", 400),
        ("POST", "/v1/responses", "[]", 400),
    ],
)
def test_other_requests_are_refused(method: str, path: str, body: str, status: int) -> None:
    with ScriptedModel([]) as model:
        connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=30)
        connection.request(method, path, body)
        assert connection.getresponse().status == status
        connection.close()


def test_address_needs_a_running_server() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        _ = ScriptedModel([]).base_url
