"""Faults on demand, as clients of every protocol meet them."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing import (
    Cut,
    Delay,
    Empty,
    Hang,
    Length,
    Malformed,
    Refuse,
    RunCommand,
    Say,
    ScriptedModel,
    Status,
    Step,
    Together,
    Wire,
)
from tests.testing.clients import CLIENTS, Client, send

every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda each: each.wire.value)
either_way = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
ALL = {client.wire: client for client in CLIENTS}


@every_client
@either_way
def test_a_status_is_met_once(client: Client, *, stream: bool) -> None:
    fault = Status(429, retry_after=1.5, message="slow down", headers={"Retry-After-Ms": "9"})
    with ScriptedModel([fault, Say("ok")]) as model:
        refused = client.ask(model, stream=stream)
        answered = client.ask(model, stream=stream)
    assert refused.status == 429
    assert (refused.headers["Retry-After"], refused.headers["Retry-After-Ms"]) == ("1.5", "9")
    assert "slow down" in json.dumps(json.loads(refused.raw))
    assert answered.says == "ok"


@pytest.mark.parametrize(
    ("wire", "code", "body"),
    [
        (
            Wire.RESPONSES,
            401,
            {"message": "scripted 401", "type": "invalid_request_error", "param": None}
            | {"code": "invalid_api_key"},
        ),
        (
            Wire.CHAT,
            500,
            {"message": "scripted 500", "type": "server_error", "param": None, "code": None},
        ),
        (Wire.MESSAGES, 401, {"type": "authentication_error", "message": "scripted 401"}),
        (Wire.MESSAGES, 429, {"type": "rate_limit_error", "message": "scripted 429"}),
        (Wire.MESSAGES, 500, {"type": "api_error", "message": "scripted 500"}),
        (Wire.MESSAGES, 529, {"type": "overloaded_error", "message": "scripted 529"}),
        (
            Wire.GEMINI,
            429,
            {"code": 429, "message": "scripted 429", "status": "RESOURCE_EXHAUSTED"},
        ),
        (Wire.GEMINI, 503, {"code": 503, "message": "scripted 503", "status": "UNAVAILABLE"}),
        (Wire.OLLAMA, 404, "scripted 404"),
    ],
)
def test_errors_look_as_their_protocol_says(wire: Wire, code: int, body: object) -> None:
    with ScriptedModel([Status(code)]) as model:
        refused = ALL[wire].ask(model)
    document: dict[str, Any] = json.loads(refused.raw)
    assert (refused.status, document["error"]) == (code, body)
    assert document.get("type") == ("error" if wire is Wire.MESSAGES else None)


@every_client
def test_a_cut_stream_lacks_its_end(client: Client) -> None:
    with ScriptedModel([Say("half"), Cut()]) as model:
        heard = client.ask(model)
    assert (heard.says, heard.whole) == ("half", False)


@every_client
def test_a_cut_stream_has_begun_even_if_nothing_was_said(client: Client) -> None:
    with ScriptedModel([Cut()]) as model:
        heard = client.ask(model)
    assert (heard.status, heard.says, heard.whole) == (200, "", False)


@every_client
def test_a_cut_answer_is_shorter_than_it_said(client: Client) -> None:
    with (
        ScriptedModel([Say("half"), Cut()]) as model,
        pytest.raises(http.client.IncompleteRead),
    ):
        client.ask(model, stream=False)


@every_client
def test_garbage_in_a_stream(client: Client) -> None:
    with ScriptedModel([Say("half"), Malformed(), Say("ok")]) as model:
        with pytest.raises(json.JSONDecodeError):
            client.ask(model)
        assert client.ask(model).says == "ok"


@every_client
@pytest.mark.parametrize(("html", "stream"), [(True, True), (True, False), (False, False)], ids=str)
def test_what_is_no_answer(client: Client, *, html: bool, stream: bool) -> None:
    with ScriptedModel([Malformed(html=html)]) as model:
        path = client.path(stream=stream)
        status, headers, data = send(model, "POST", path, {"stream": stream})
    assert status == 200
    assert headers["Content-Type"] == ("text/html" if html else "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)


@every_client
@either_way
def test_an_empty_answer_is_a_proper_one(client: Client, *, stream: bool) -> None:
    with ScriptedModel([Say("lost"), Empty(), Say("ok")]) as model:
        nothing = client.ask(model, stream=stream)
        something = client.ask(model, stream=stream)
    assert (nothing.says, nothing.calls, nothing.whole) == ("", [], True)
    assert nothing.reason == client.reasons[0]
    assert something.says == "ok"


@every_client
@either_way
def test_a_model_that_runs_out_of_tokens(client: Client, *, stream: bool) -> None:
    with ScriptedModel([Say("half a sent"), Length()]) as model:
        heard = client.ask(model, stream=stream)
    assert (heard.says, heard.reason, heard.whole) == ("half a sent", client.reasons[2], True)


@pytest.mark.parametrize("fault", [Refuse(), Hang(0.01)])
def test_no_byte_comes(fault: Step) -> None:
    with (
        ScriptedModel([fault]) as model,
        pytest.raises((http.client.RemoteDisconnected, ConnectionError)),
    ):
        CLIENTS[0].ask(model)


@every_client
def test_a_hang_in_the_middle_has_begun_to_answer(client: Client) -> None:
    with ScriptedModel([Say("half"), Hang(0.01, in_the_middle=True)]) as model:
        heard = client.ask(model)
    assert (heard.says, heard.whole) == ("half", False)


def test_leaving_ends_a_hang_in_the_middle_and_a_delay() -> None:
    for step in (Hang(3600, in_the_middle=True), Delay(3600)):
        with ThreadPoolExecutor(1) as pool:
            with ScriptedModel([step]) as model:
                waiting = pool.submit(CLIENTS[0].ask, model)
                while not model.asked:
                    time.sleep(0.01)
            assert waiting.result(timeout=30).status == 200


def test_together_needs_company() -> None:
    with pytest.raises(ConfigurationError, match="Together has 1 calls; give it two"):
        Together(RunCommand("ls"))
