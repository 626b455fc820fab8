"""Traffic goes through a proxy unchanged, and a player gives the same answers to whoever asks."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.providers import AGENTS
from pytest_harness.backends.traffic.http import Call, LocalServer
from pytest_harness.backends.traffic.player import Player
from pytest_harness.backends.traffic.proxy import Proxy
from pytest_harness.backends.traffic.recorded import with_recording
from pytest_harness.backends.traffic.tape import Exchange, Head, Tape
from pytest_harness.redaction import Vault
from pytest_harness.runtime import Supervisor
from pytest_harness.testing import Cut, RunCommand, Say, ScriptedModel, Status, Step

SECRET = "sk-canary-0123456789"
PLACES = Places(Path("/stage/one/work"), Path("/stage/one/scratch"))
ELSEWHERE = Places(Path("/elsewhere/work"), Path("/elsewhere/scratch"))
VAULT = Vault([SECRET])

Answered = tuple[int, bytes]
"""Status and body."""


def body(
    text: str, *, stream: bool = True, tools: tuple[str, ...] = ("shell",), **more: Any
) -> Any:
    return {
        "model": "gpt-5.5",
        "instructions": more.pop("system", "Be quick."),
        "input": [{"role": "user", "content": text}, *more.pop("results", ())],
        "stream": stream,
        "tools": [
            {"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}}
            for name in tools
        ],
        **more,
    }


def ask(root: str, method: str, path: str, data: bytes, headers: dict[str, str]) -> Answered:
    connection = http.client.HTTPConnection(root.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, data or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post(root: str, document: Any, path: str = "/v1/responses", **headers: str) -> Answered:
    given = {"content-type": "application/json", "authorization": f"Bearer {SECRET}", **headers}
    return ask(root, "POST", path, json.dumps(document).encode(), given)


def get(root: str, path: str) -> Answered:
    return ask(root, "GET", path, b"", {})


@contextmanager
def proxied(steps: list[Step]) -> Iterator[tuple[str, ScriptedModel, Proxy]]:
    """A scripted model and a proxy before it."""
    with ScriptedModel(steps) as model:
        proxy = Proxy(model.base_url)
        with LocalServer(proxy) as server:
            yield server.root_url, model, proxy


def tape_of(exchanges: tuple[Exchange, ...]) -> Tape:
    head = Head(cell="c", round=1, attempt=1, backend="b", provider="p", exchanges=len(exchanges))
    return Tape(head, exchanges)


def recorded(steps: list[Step], *documents: Any) -> tuple[Tape, list[Answered]]:
    """Ask through a proxy; return the tape and the answers."""
    with proxied(steps) as (root, _, proxy):
        answers = [post(root, document) for document in documents]
        return tape_of(proxy.exchanges(PLACES, VAULT)), answers


@contextmanager
def played(tape: Tape, places: Places = PLACES) -> Iterator[tuple[str, Player]]:
    player = Player(tape, "/v1", places, VAULT)
    with LocalServer(player) as server:
        yield server.root_url, player


@pytest.mark.parametrize("stream", [True, False])
def test_what_comes_back_is_what_came_through(stream: bool) -> None:
    document = body("hello", stream=stream)
    tape, (first,) = recorded([Say("one"), Say("two")], document)
    assert b"one" in first[1]
    with played(tape) as (root, player):
        assert post(root, document) == first
    assert player.notes() == []
    assert player.beyond == ""
    assert [each.path for each in tape.exchanges] == ["/responses"]


def test_a_stream_is_kept_event_by_event_with_its_times() -> None:
    tape, ((_, data),) = recorded([Say("one")], body("hello"))
    pieces = tape.exchanges[0].pieces
    assert len(pieces) > 2
    assert all(piece.text.endswith("\n\n") for piece in pieces)
    assert "".join(piece.text for piece in pieces).encode() == data
    times = [piece.at for piece in pieces]
    assert times == sorted(times)


class Hesitant:
    """Sends the second half of a stream once it is told that the first has come."""

    def __init__(self) -> None:
        self.arrived = threading.Event()

    def serve(self, call: Call) -> None:
        call.body()
        call.head(200, {"Content-Type": "text/event-stream"})
        call.send(b"data: first\n\n")
        assert self.arrived.wait(20)
        call.send(b"data: second\n\n")


def test_each_piece_is_passed_on_before_the_next_one_comes() -> None:
    model = Hesitant()
    with LocalServer(model) as server:
        proxy = Proxy(server.root_url)
        with LocalServer(proxy) as passing:
            connection = http.client.HTTPConnection(
                passing.root_url.removeprefix("http://"), timeout=20
            )
            connection.request("POST", "/v1/messages", b"{}")
            answer = connection.getresponse()
            assert answer.read(13) == b"data: first\n\n"
            model.arrived.set()
            assert answer.read() == b"data: second\n\n"
            connection.close()
    (exchange,) = proxy.exchanges(PLACES, VAULT)
    assert [piece.text for piece in exchange.pieces] == ["data: first\n\n", "data: second\n\n"]


def test_a_body_in_chunks_is_passed_on_whole() -> None:
    text = json.dumps(body("x" * 100_000)).encode()
    with proxied([Say("one")]) as (root, model, _):
        connection = http.client.HTTPConnection(root.removeprefix("http://"), timeout=20)
        parts = iter([text[:10], text[10:70_000], text[70_000:]])
        connection.request("POST", "/v1/responses", parts, encode_chunked=True)
        assert connection.getresponse().status == 200
        connection.close()
    assert model.asked[0].prompt == "x" * 100_000


def test_credentials_and_secrets_are_nowhere(tmp_path: Path) -> None:
    with proxied([Say(f"your key is {SECRET}")]) as (root, model, proxy):
        _, data = post(root, body(f"my key is {SECRET}"), **{"x-api-key": "other", "cookie": "a=b"})
        tape = tape_of(proxy.exchanges(PLACES, VAULT))
    assert model.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET.encode() in data
    tape.write(tmp_path / "c0001.jsonl")
    text = (tmp_path / "c0001.jsonl").read_text()
    assert SECRET not in text
    assert "a=b" not in text
    assert tape.exchanges[0].headers["authorization"] == "[hidden]"
    assert tape.exchanges[0].headers["x-api-key"] == "[hidden]"


def test_nothing_is_compressed() -> None:
    with proxied([Say("one")]) as (root, model, _):
        post(root, body("hello"), **{"accept-encoding": "gzip"})
    assert model.requests[0].headers["accept-encoding"] == "identity"


def test_errors_are_answers_as_well() -> None:
    document = body("hello")
    tape, answers = recorded([Status(429, retry_after=3), Say("one")], document, document)
    assert [code for code, _ in answers] == [429, 200]
    assert tape.exchanges[0].reply_headers["retry-after"] == "3"
    with played(tape) as (root, _):
        assert [post(root, document) for _ in answers] == answers


def test_an_answer_that_broke_off_breaks_off() -> None:
    tape, ((_, data),) = recorded([Cut(), Say("one")], body("hello"))
    with played(tape) as (root, _):
        assert post(root, body("hello")) == (200, data)
    assert b"response.completed" not in data


def test_an_endpoint_that_is_not_there_is_a_502() -> None:
    proxy = Proxy("http://127.0.0.1:9/v1")
    with LocalServer(proxy) as server:
        code, data = post(server.root_url, body("hello"))
    assert code == 502
    assert b"could not be asked" in data
    (exchange,) = proxy.exchanges(PLACES, VAULT)
    assert exchange.status == 502


def test_more_requests_than_recorded_get_a_500_that_says_so() -> None:
    document = body("hello")
    tape, _ = recorded([Say("one")], document)
    with played(tape) as (root, player):
        post(root, document)
        code, data = post(root, document)
    assert code == 500
    assert b"request 2 of a conversation to /responses has no recorded answer" in data
    assert player.beyond.endswith("because the recording has 1 of them")
    assert player.notes() == ["asked its model 2 times, and once when it was recorded"]


def test_conversations_are_kept_apart() -> None:
    one, two = body("first", tools=("shell",)), body("second", tools=())
    with proxied([Say("x")]) as (root, _, proxy):
        posted = [
            post(root, one, **{"session-id": "a"}),
            post(root, two, **{"session-id": "b"}),
            post(root, one, **{"session-id": "a"}),
        ]
        tape = tape_of(proxy.exchanges(PLACES, VAULT))
    with played(tape) as (root, player):
        # Another version names its conversations otherwise, and begins with the other one.
        again = [
            post(root, two, **{"session-id": "y"}),
            post(root, one, **{"session-id": "x"}),
            post(root, one, **{"session-id": "x"}),
        ]
    assert again == [posted[1], posted[0], posted[2]]
    assert player.notes() == []


def test_what_is_asked_differently_is_told() -> None:
    tape, _ = recorded([Say("one")], body("hello", tools=("shell", "old"), system="On 2026-01-01"))
    with played(tape) as (root, player):
        post(root, body("hello", tools=("shell", "old"), system="On 2027-12-31"))
    assert player.notes() == []
    with played(tape) as (root, player):
        post(root, body("good day", tools=("shell", "new"), system="Be slow."))
    assert player.notes() == [
        "offered its model tools that were not recorded: new",
        "did not offer its model tools that were recorded: old",
        "gave its model other instructions than were recorded",
        "asked its model something else than was recorded",
    ]


def test_paths_are_those_of_the_place_where_it_is_played() -> None:
    call = RunCommand(f"cat {PLACES.workspace}/a.txt")
    tape, ((_, data),) = recorded([call, Say("done")], body(f"see {PLACES.workspace}"))
    assert b"/stage/one/work" in data
    for exchange in tape.exchanges:
        assert "/stage/one" not in exchange.to_json().decode()
    with played(tape, ELSEWHERE) as (root, player):
        _, again = post(root, body(f"see {ELSEWHERE.workspace}"))
    # A path that was told in pieces is told in one, so that the words and not the bytes are equal.
    assert b"/stage/one" not in again
    assert spoken(again) == spoken(data.replace(b"/stage/one/work", b"/elsewhere/work"))
    assert player.notes() == []


def spoken(stream: bytes) -> list[object]:
    """Return the events of a stream but for the pieces of arguments, which end in one whole."""
    lines = (line.removeprefix(b"data: ") for line in stream.splitlines())
    events = [json.loads(line) for line in lines if line.startswith(b"{")]
    return [each for each in events if not str(each.get("type")).endswith("arguments.delta")]


def test_what_asks_no_model_is_answered_again_and_again() -> None:
    with proxied([Say("one")]) as (root, _, proxy):
        models = get(root, "/v1/models")
        tape = tape_of(proxy.exchanges(PLACES, VAULT))
    assert models[0] == 200
    with played(tape) as (root, player):
        assert [get(root, "/v1/models") for _ in range(2)] == [models, models]
        assert get(root, "/v1/else")[0] == 404
    assert player.beyond == ""


@pytest.mark.parametrize("provider", ["opencode-run", "pi-cli", "copilot-cli"])
def test_a_recording_stands_for_the_model_that_a_program_needs(
    tmp_path: Path, provider: str
) -> None:
    said = "Copilot CLI 9.9.9" if provider == "copilot-cli" else "9.9.9"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    (tmp_path / "c0001.jsonl").write_text("")
    options = AgentOptions(base_url="http://127.0.0.1:1/v1")
    setup = Setup(id="mine", command=(str(program),), options=options)
    agent = AgentBackend(adapter=AGENTS[provider].load(), setup=setup)
    backend = with_recording(agent, f"recorded:{tmp_path}", tmp_path)
    with Supervisor() as supervisor:
        probe = backend.probe(supervisor, {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert probe.ready, probe.missing
