"""What a fenced process reaches."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.sandbox.relay import Relay
from pytest_harness.vocabulary import Fence, Network

from .fenced import Fenced

CONNECT = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close()
    print("reached")
except OSError:
    print("refused")
"""

OWN_SERVER = """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
accepted, _ = server.accept()
client.sendall(b"hello")
print(accepted.recv(5).decode())
"""


class Upper(socketserver.BaseRequestHandler):
    """Reads until the other side has said all, and then answers in capitals."""

    def handle(self) -> None:
        said = b""
        while part := self.request.recv(1 << 16):
            said += part
        self.request.sendall(said.upper())


class Each(socketserver.BaseRequestHandler):
    """Answers each line at once."""

    def handle(self) -> None:
        while part := self.request.recv(1 << 16):
            self.request.sendall(b"<" + part + b">")


@contextlib.contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """Run a server on this machine."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 100

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(params=list(Fence))
def either(request: pytest.FixtureRequest, tmp_path: Path, supervisor: Supervisor) -> Fenced:
    return Fenced(tmp_path.resolve(), supervisor, request.param)


@pytest.fixture
def fenced(tmp_path: Path, supervisor: Supervisor) -> Fenced:
    return Fenced(tmp_path.resolve(), supervisor, network=Network.LOOPBACK)


def test_which_ports_are_reached(either: Fenced) -> None:
    with serving(Upper) as named, serving(Upper) as other:
        for network, reached in (
            (Network.ON, ["reached", "reached"]),
            (Network.LOOPBACK, ["reached", "refused"]),
            (Network.OFF, ["refused", "refused"]),
        ):
            either.network = network
            said = [either.python(CONNECT, port, ports=(named,)) for port in (named, other)]
            assert [each.strip() for each in said] == reached, network


def test_ports_of_the_settings_are_reached_as_well(fenced: Fenced) -> None:
    with serving(Upper) as named, serving(Upper) as port:
        fenced.ports = (port,)
        for each in (named, port):
            assert fenced.python(CONNECT, each, ports=(named,)) == "reached\n"


def test_nothing_else_is_reached_without_network(fenced: Fenced) -> None:
    for network in (Network.OFF, Network.LOOPBACK):
        fenced.network = network
        devices = fenced.shell("tail -n +3 /proc/net/dev | cut -d: -f1")
        assert devices.split() == ["lo"]


def test_processes_reach_each_other_without_network(fenced: Fenced) -> None:
    for network in (Network.OFF, Network.LOOPBACK):
        fenced.network = network
        assert fenced.python(OWN_SERVER) == "hello\n"


def test_an_answer_comes_after_one_side_has_said_all(fenced: Fenced) -> None:
    script = """
import socket, sys, threading
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
threading.Thread(target=lambda: (s.sendall(b"a" * 3_000_000), s.shutdown(1))).start()
got = b""
while part := s.recv(65536):
    got += part
print(len(got), got[:1].decode(), set(got) == {65})
"""
    with serving(Upper) as port:
        assert fenced.python(script, port, ports=(port,)) == "3000000 A True\n"


def test_a_conversation_streams(fenced: Fenced) -> None:
    script = """
import socket, sys
s = socket.create_connection(("localhost", int(sys.argv[1])), 30)
for word in (b"one", b"two", b"three"):
    s.sendall(word)
    print(s.recv(100).decode())
"""
    with serving(Each) as port:
        assert fenced.python(script, port, ports=(port,)) == "<one>\n<two>\n<three>\n"


def test_many_connections_at_once(fenced: Fenced) -> None:
    script = """
import socket, sys
port = int(sys.argv[1])
open_ = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(60)]
for at, each in enumerate(open_):
    each.sendall(b"%d" % at)
for at, each in enumerate(open_):
    assert each.recv(100) == b"<%d>" % at
print("all")
"""
    with serving(Each) as port:
        assert fenced.python(script, port, ports=(port,)) == "all\n"


def test_a_server_that_is_not_there(fenced: Fenced) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        script = """
import socket, sys
try:
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
    print(s.recv(1))
except ConnectionError:
    print(b"")
"""
        assert fenced.python(script, port, ports=(port,)) == "b''\n"


def test_the_program_has_no_child_that_it_did_not_start(fenced: Fenced) -> None:
    script = """
import os
try:
    os.wait()
except ChildProcessError:
    print("none")
"""
    assert fenced.python(script, ports=(1234,)) == "none\n"


def test_nothing_of_a_relay_is_left(fenced: Fenced) -> None:
    before = {each.ident for each in threading.enumerate()}
    script = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))"
    with serving(Each) as port:
        inside = {each.ident for each in threading.enumerate()}
        fenced.python(script, port, ports=(port,))
        with Relay() as relay:
            relay.listen([port])
            directory = relay.directory
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(directory / str(port)))
                client.sendall(b"x")
                assert client.recv(10) == b"<x>"
                relay.close()
                assert client.recv(10) == b""
        assert not directory.exists()
        assert len(inside - before) == 1
    left = {each for each in threading.enumerate() if "relay" in each.name}
    assert not left


def test_a_relay_works_below_a_long_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with Relay() as relay:
        relay.listen([1])
        assert [path.name for path in relay.directory.iterdir()] == ["1"]
