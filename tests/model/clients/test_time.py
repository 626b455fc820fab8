"""Nobody waits longer than a limit, and nothing stays behind."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from pytest_harness.model.client import ModelError
from pytest_harness.model.conversation import Question
from pytest_harness.testing import Hang, Say
from pytest_harness.vocabulary import Fault
from tests.model.clients.wires import OPENING, Speaker, every_speaker, never, talk

LIMIT = 0.3
LONG = 60.0


@every_speaker
@pytest.mark.parametrize("in_the_middle", [False, True], ids=["before", "in-the-middle"])
def test_a_model_that_says_nothing_more(speaker: Speaker, *, in_the_middle: bool) -> None:
    hang = Hang(LONG, in_the_middle=in_the_middle)
    with talk(speaker, [Say("I begin"), hang]) as it:
        error = it.failing(limit=LIMIT)
    assert (error.fault, error.again) == (Fault.TRANSPORT, True)
    assert "0.3 s" in str(error)


@every_speaker
def test_a_server_that_trickles_for_ever(speaker: Speaker) -> None:
    with trickling() as address:
        client = speaker.client(address)
        with pytest.raises(ModelError) as caught:
            client.ask(Question(messages=OPENING), LIMIT, never)
        client.close()
    assert caught.value.fault is Fault.TRANSPORT


@every_speaker
def test_the_session_ends(speaker: Speaker) -> None:
    with talk(speaker, [Hang(LONG)]) as it:
        error = it.failing(limit=LONG, ending=lambda: bool(it.requests))
    assert (error.fault, error.again) == (Fault.INTERRUPTED, False)


@every_speaker
def test_a_client_can_be_asked_again_after_it_gave_up(speaker: Speaker) -> None:
    with talk(speaker, [Hang(LONG), Say("Whole.")]) as it:
        it.failing(limit=LONG, ending=lambda: bool(it.requests))
        assert it.ask().text == "Whole."


@every_speaker
def test_nothing_is_sent_after_the_end(speaker: Speaker) -> None:
    with talk(speaker, [Say("Done.")]) as it:
        error = it.failing(ending=lambda: True)
        assert error.fault is Fault.INTERRUPTED
        assert not it.requests


@every_speaker
def test_the_thread_ends_with_the_client(speaker: Speaker) -> None:
    before = set(threading.enumerate())
    with trickling() as address:
        client = speaker.client(address)
        with pytest.raises(ModelError):
            client.ask(Question(messages=OPENING), LIMIT, never)
        client.close()
        client.close()
        ours = [each for each in set(threading.enumerate()) - before if "harness" in each.name]
        assert not ours


@every_speaker
def test_asking_inside_a_running_loop(speaker: Speaker) -> None:
    async def main() -> str:
        with talk(speaker, [Say("Done.")]) as it:
            return it.ask().text

    assert asyncio.run(main()) == "Done."


@contextmanager
def trickling() -> Iterator[str]:
    """Run a server that begins an answer and never ends it; leaving waits until nobody listens."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                while True:
                    connection.sendall(b": still here\n")
                    time.sleep(0.01)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(LONG)
        assert not thread.is_alive()
