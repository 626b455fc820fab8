"""What clients of every protocol get from the server."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing import (
    CallTool,
    RunCommand,
    Say,
    Script,
    ScriptedModel,
    Step,
    Think,
    Together,
    Tokens,
    Wire,
    Wish,
    WriteFile,
)
from tests.testing.clients import CLIENTS, Client, Tool, send

every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda each: each.wire.value)
either_way = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
TOKENS = Tokens(input=100, cached=30, output=20, reasoning=5, cache_write=10)
USAGE: dict[Wire, dict[str, object]] = {
    Wire.RESPONSES: {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
    },
    Wire.CHAT: {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
    Wire.MESSAGES: {
        "input_tokens": 60,
        "cache_creation_input_tokens": 10,
        "cache_read_input_tokens": 30,
        "output_tokens": 20,
    },
    Wire.GEMINI: {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 30,
        "candidatesTokenCount": 15,
        "thoughtsTokenCount": 5,
        "totalTokenCount": 120,
    },
    Wire.OLLAMA: {"prompt_eval_count": 100, "eval_count": 20},
}


@every_client
@either_way
def test_a_turn_from_its_first_call_to_its_end(client: Client, *, stream: bool) -> None:
    script: list[Step] = [Think("hm"), Say("I look."), RunCommand("ls"), Say("done")]
    with ScriptedModel(script, tokens=TOKENS) as model:
        first = client.ask(model, stream=stream)
        second = client.ask(model, results=1, stream=stream)
    end, call, _ = client.reasons
    assert (first.thinks, first.says, first.calls) == (
        "hm",
        "I look.",
        [("bash", {"command": "ls"})],
    )
    assert (first.reason, first.whole) == (call, True)
    assert (second.says, second.calls, second.reason) == ("done", [], end)
    assert second.usage.items() >= USAGE[client.wire].items()


@every_client
def test_what_was_asked_is_recorded(client: Client) -> None:
    with ScriptedModel([RunCommand("ls"), Say("done")]) as model:
        client.ask(model, "hello", system="Be brief.")
        client.ask(model, "hello", system="Be brief.", results=1)
    first, second = model.asked
    assert (first.wire, first.wish, first.model) == (client.wire, Wish.TURN, "m")
    assert (first.prompt, first.tools) == ("hello", ("bash",))
    assert "Be brief." in first.system
    assert "hello" not in first.system
    assert (first.results, second.results) == ((), ("r0",))
    assert len(model.conversations) == 1


@every_client
def test_two_conversations_do_not_meet(client: Client) -> None:
    with ScriptedModel([Say("done")]) as model:
        client.ask(model, "this")
        client.ask(model, "that")
    assert len(model.conversations) == 2


@every_client
@either_way
def test_calls_of_one_turn_have_names_of_their_own(client: Client, *, stream: bool) -> None:
    script: list[Step] = [
        Together(RunCommand("a"), CallTool("other", {"n": 1})),
        RunCommand("b"),
        Say("x"),
    ]
    with ScriptedModel(script) as model:
        both = client.ask(model, stream=stream)
        half = client.ask(model, results=1, stream=stream)
        after = client.ask(model, results=2, stream=stream)
    assert both.calls == [("bash", {"command": "a"}), ("other", {"n": 1})]
    assert half.calls == both.calls
    assert after.calls == [("bash", {"command": "b"})]
    if client.wire in {Wire.RESPONSES, Wire.CHAT, Wire.MESSAGES}:
        assert all(name in both.raw.decode() for name in ("call_0_0", "call_0_1"))
        assert "call_2_0" in after.raw.decode()


STEPS = st.one_of(
    st.builds(Say, st.text(min_size=1, max_size=5)),
    st.builds(RunCommand, st.text(min_size=1, max_size=5)),
    st.builds(CallTool, st.just("any"), st.dictionaries(st.text(max_size=3), st.integers())),
    st.builds(Together, st.just(RunCommand("one")), st.builds(RunCommand, st.text(max_size=3))),
)


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(STEPS, max_size=4), stream=st.booleans())
def test_a_script_makes_the_same_calls_in_every_protocol(steps: list[Step], stream: bool) -> None:
    script = Script(steps)
    told: list[list[object]] = []
    with ScriptedModel(script) as model:
        for client in CLIENTS:
            heard: list[object] = []
            results, calling = 0, True
            while calling:
                answer = client.ask(model, results=results, stream=stream)
                # Where a protocol has one text for several messages, newlines stand between them.
                heard.append((answer.says.replace("\n", ""), answer.calls))
                results += len(answer.calls)
                calling = bool(answer.calls)
            told.append(heard)
    assert all(each == told[0] for each in told)


@pytest.mark.parametrize(
    "path",
    [
        "/responses",
        "/v1/responses",
        "/chat/completions",
        "/v1/chat/completions?x=1",
        "/messages",
        "/v1/messages/",
        "/models/m:generateContent",
        "/v1/models/m:generateContent",
        "/v1beta/models/m:streamGenerateContent?alt=sse",
        "/api/chat",
        "/api/generate",
    ],
)
def test_paths_with_and_without_their_version(path: str) -> None:
    with ScriptedModel([Say("done")]) as model:
        status, _, data = send(model, "POST", path, {})
    assert status == 200
    assert b"done" in data
    assert len(model.asked) == 1


def test_generate_is_answered_line_by_line() -> None:
    with ScriptedModel([Think("hm"), Say("done")]) as model:
        body = {"model": "m", "system": "Be brief.", "prompt": "hello"}
        _, headers, data = send(model, "POST", "/api/generate", body)
    thought, said, end = [json.loads(line) for line in data.splitlines()]
    assert headers["Content-Type"] == "application/x-ndjson"
    assert (thought["thinking"], said["response"]) == ("hm", "done")
    assert [each["done"] for each in (thought, said, end)] == [False, False, True]
    assert (model.asked[0].prompt, model.asked[0].system) == ("hello", "Be brief.")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/messages/count_tokens?beta=true", {"input_tokens": 100}),
        ("/v1beta/models/m:countTokens", {"totalTokens": 100}),
    ],
)
def test_counting_tokens_takes_no_step(path: str, answer: dict[str, int]) -> None:
    with ScriptedModel([Say("done")]) as model:
        assert json.loads(send(model, "POST", path, {})[2]) == answer
    assert model.asked == ()
    assert model.requests[0].wish is Wish.COUNT


def test_choosing_a_model_takes_no_step() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "complexity_reasoning": {"type": "STRING"},
            "complexity_score": {"type": "INTEGER"},
            "choice": {"type": "STRING", "enum": ["flash", "pro"]},
            "sure": {"type": "BOOLEAN"},
            "notes": {"type": "ARRAY"},
        },
    }
    config = {"responseMimeType": "application/json", "responseJsonSchema": schema}
    body = {"contents": [{"role": "user", "parts": [{"text": "x"}]}], "generationConfig": config}
    with ScriptedModel([RunCommand("ls")]) as model:
        _, _, data = send(model, "POST", "/v1beta/models/small:generateContent", body)
    [part] = json.loads(data)["candidates"][0]["content"]["parts"]
    assert json.loads(part["text"]) == {
        "complexity_reasoning": "scripted",
        "complexity_score": 10,
        "choice": "flash",
        "sure": False,
        "notes": [],
    }
    assert model.asked == ()
    assert model.requests[0].wish is Wish.SIDE


@pytest.mark.parametrize(
    "client",
    [each for each in CLIENTS if each.wire is not Wire.GEMINI],
    ids=lambda each: each.wire.value,
)
def test_a_title_takes_no_step(client: Client) -> None:
    system = "You are a title generator. You output ONLY a thread title."
    with ScriptedModel([RunCommand("ls")]) as model:
        title = client.ask(model, system=system, tools=())
        turn = client.ask(model, system=system)
    assert title.says
    assert not title.calls
    assert turn.calls == [("bash", {"command": "ls"})]
    assert [request.wish for request in model.requests] == [Wish.SIDE, Wish.TURN]
    assert len(model.asked) == 1


def test_chat_tells_its_usage_only_if_it_is_asked_to() -> None:
    with ScriptedModel([Say("done")]) as model:
        _, _, data = send(model, "POST", "/v1/chat/completions", {"stream": True})
    assert b"usage" not in data
    assert data.endswith(b"data: [DONE]\n\n")


def test_each_client_gets_the_address_that_it_wants() -> None:
    with ScriptedModel([]) as model:
        ours = [wire for wire in Wire if model.address(wire) == model.base_url]
        assert all(model.address(wire) == model.root_url for wire in Wire if wire not in ours)
    assert ours == [Wire.RESPONSES, Wire.CHAT]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_somebody_is_at_home(method: str) -> None:
    with ScriptedModel([]) as model:
        assert send(model, method, "/")[0] == 200


def test_ollama_shows_what_a_model_can_do() -> None:
    with ScriptedModel([]) as model:
        _, _, data = send(model, "POST", "/api/show", {"model": "scripted"})
    assert "tools" in json.loads(data)["capabilities"]


def test_gemini_lists_its_models() -> None:
    with ScriptedModel([], models=["small"]) as model:
        _, _, data = send(model, "GET", "/v1beta/models")
    assert json.loads(data)["models"][0]["name"] == "models/small"


def test_workspace_is_the_one_that_the_program_tells() -> None:
    write: Tool = ("Write", {"file_path": {}, "content": {}})
    client = next(each for each in CLIENTS if each.wire is Wire.MESSAGES)
    with ScriptedModel([WriteFile("a.txt", "a")], workspace="/given") as model:
        told = client.ask(model, tools=[write])
        other = next(each for each in CLIENTS if each.wire is Wire.CHAT).ask(model, tools=[write])
    assert told.calls == [("Write", {"file_path": "/told/a.txt", "content": "a"})]
    assert other.calls == [("Write", {"file_path": "/given/a.txt", "content": "a"})]


@pytest.mark.parametrize(
    "wrong", [{"cached": 200}, {"cached": 60, "cache_write": 60}, {"reasoning": 21}, {"input": -1}]
)
def test_tokens_are_parts_of_their_whole(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError):
        Tokens(**wrong)


@pytest.mark.parametrize(
    "client",
    [each for each in CLIENTS if each.wire in {Wire.RESPONSES, Wire.CHAT, Wire.MESSAGES}],
    ids=lambda each: each.wire.value,
)
def test_the_arguments_of_a_call_come_in_pieces(client: Client) -> None:
    command = "printf one && printf two && printf three"
    with ScriptedModel([RunCommand(command), Say("done")]) as model:
        heard = client.ask(model)
    deltas = [line for line in heard.raw.split(b"\n\n") if b"delta" in line]
    assert heard.calls == [("bash", {"command": command})]
    assert not any(command.encode() in delta for delta in deltas)
    assert sum(b"printf" in delta for delta in deltas) >= 2
