"""Answers that do not come whole."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_harness.model.client import ModelError
from pytest_harness.model.clients import guard
from pytest_harness.model.conversation import Question
from pytest_harness.testing import Cut, Malformed, Refuse, Say, Step, Think
from pytest_harness.vocabulary import Fault
from tests.model.clients.wires import OPENING, Speaker, every_speaker, never, talk

SCRIPTS: dict[str, tuple[Step, ...]] = {
    "cut": (Cut(),),
    "cut in words": (Say("I begin"), Cut()),
    "cut in a thought": (Think("I think"), Cut()),
    "broken": (Malformed(),),
    "broken in words": (Say("I begin"), Malformed()),
    "a page": (Malformed(html=True),),
    "closed": (Refuse(),),
}


@every_speaker
def test_it_may_pass(speaker: Speaker) -> None:
    script = [step for steps in SCRIPTS.values() for step in steps]
    with talk(speaker, [*script, Say("Whole.")]) as it:
        met = {name: it.failing() for name in SCRIPTS}
        reply = it.ask()
    assert {name: error.fault for name, error in met.items()} == dict.fromkeys(
        SCRIPTS, Fault.TRANSPORT
    )
    assert all(error.again for error in met.values())
    assert all(f"{speaker.vendor.name}:{speaker.model}" in str(error) for error in met.values())
    assert reply.text == "Whole."
    assert len(it.requests) == len(SCRIPTS) + 1


@every_speaker
def test_nobody_is_there(speaker: Speaker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = failing(speaker, address)
    assert (error.fault, error.again) == (Fault.TRANSPORT, True)
    assert "cannot be reached" in str(error)
    assert address in str(error)


@every_speaker
def test_no_such_host(speaker: Speaker) -> None:
    error = failing(speaker, "http://no-such-host.invalid/v1")
    assert (error.fault, error.again) == (Fault.TRANSPORT, True)
    assert "cannot be reached" in str(error)


@every_speaker
def test_too_much(speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST", 100_000)
    with talk(speaker, [Say("x" * 200_000)]) as it:
        error = it.failing()
    assert (error.fault, error.again) == (Fault.TRANSPORT, False)
    assert "MiB" in str(error)


@every_speaker
@pytest.mark.parametrize(
    "head",
    [
        "302 Found\r\nLocation: http://127.0.0.1:9/",
        "200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip",
        "200 OK\r\nContent-Type: application/json",
        "200 OK\r\nContent-Type: text/event-stream",
    ],
    ids=["redirect", "packed", "one-object", "nothing"],
)
def test_what_no_model_sends(speaker: Speaker, head: str) -> None:
    body = b'{"hello": ["world"]}' if "json" in head else b""
    answer = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with answering(answer) as (address, asked):
        error = failing(speaker, address)
    assert error.fault is Fault.TRANSPORT
    assert len(asked) == 1


def failing(speaker: Speaker, address: str) -> ModelError:
    """Ask at an address and return the error."""
    client = speaker.client(address)
    try:
        with pytest.raises(ModelError) as caught:
            client.ask(Question(messages=OPENING), 20.0, never)
    finally:
        client.close()
    return caught.value


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Answer every request with the same bytes; yields the address and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
