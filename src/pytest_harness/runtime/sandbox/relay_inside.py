"""The sandbox's end of a relay: a program that opens ports and becomes another program.

Run as ``python -I -S relay_inside.py DIRECTORY PORT,PORT PROGRAM ARGUMENT...``, where the network
is empty and ``DIRECTORY`` has a Unix socket for each port. It needs the standard library alone.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # quicker to import than signal
import _socket
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import NoReturn

CHUNK = 1 << 16
"""Bytes forwarded at once."""


def pump(source: socket.socket, target: socket.socket) -> None:
    """Forward until ``source`` says that it is done, and tell ``target`` so."""
    try:
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
        target.shutdown(_socket.SHUT_WR)
    except OSError:
        # One side broke off: the other is to notice it as well.
        for each in (source, target):
            try:
                each.shutdown(_socket.SHUT_RDWR)
            except OSError:
                continue


def listeners(port: int) -> list[int]:
    """Open a port on both loopback addresses, the newer one where there is one."""
    found = []
    for family, host in ((_socket.AF_INET, "127.0.0.1"), (_socket.AF_INET6, "::1")):
        try:
            made = _socket.socket(family, _socket.SOCK_STREAM)
            made.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
            made.bind((host, port))
            made.listen(128)
        except OSError:
            if family == _socket.AF_INET:
                raise
            continue
        found.append(made.detach())
    return found


def serve(opened: list[tuple[int, str]]) -> None:
    """Forward every connection to these listeners to the Unix socket beside each, for ever."""
    # Not needed by the program, which is started meanwhile: they take longer than Python itself.
    import socket
    import threading

    def connect(outer: socket.socket, path: str) -> None:
        with outer, socket.socket(socket.AF_UNIX) as inner:
            try:
                inner.connect(path)
            except OSError:
                return
            back = threading.Thread(target=pump, args=(inner, outer), daemon=True)
            back.start()
            pump(outer, inner)
            back.join()

    def forward(listener: socket.socket, path: str) -> None:
        while True:
            outer, _ = listener.accept()
            threading.Thread(target=connect, args=(outer, path), daemon=True).start()

    threads = [
        threading.Thread(target=forward, args=(socket.socket(fileno=each), path), daemon=True)
        for each, path in opened
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(directory: str, ports: list[int], argv: list[str]) -> None:
    """Open the ports, leave a process behind that serves them, and become ``argv``."""
    opened = [(each, f"{directory}/{port}") for port in ports for each in listeners(port)]
    first = os.fork()
    if first == 0:
        # Twice, so that the program finds no child that it did not start.
        if os.fork() == 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nothing, stream)
            serve(opened)
        os._exit(0)
    os.waitpid(first, 0)
    become(argv)


def become(argv: list[str]) -> NoReturn:
    """Turn into a program, with nothing of Python's own left over."""
    for ignored in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(ignored, _signal.SIG_DFL)
    # Python may have added a variable for its own locale.
    with open("/proc/self/environ", "rb") as given:  # noqa: PTH123 - quicker
        pairs = [each.partition(b"=") for each in given.read().split(b"\0") if each]
    env = {name: value for name, _, value in pairs}
    os.execvpe(argv[0], argv, env)  # noqa: S606 - what this program is for


if __name__ == "__main__":
    main(sys.argv[1], [int(port) for port in sys.argv[2].split(",")], sys.argv[3:])
