"""What a process is given on its standard input: nothing, bytes, or words of a conversation."""

from __future__ import annotations

import os
import selectors
from typing import TYPE_CHECKING

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.pipes import CHUNK, make_pipe

if TYPE_CHECKING:
    from pytest_harness.runtime.process import ProcessSpec

MOST_UNREAD = 64 << 20
"""Bytes of a conversation that may wait for a process to read them."""


class Feeding:
    """The owner's end of one process's standard input; never waits for the process.

    What the process does not read at once is kept, and ``selector`` is asked to say when `send`
    can go on. What it does not want to read any more is dropped, which is its right. Methods that
    ask the conversation raise whatever it raises. Raises `SupervisorError` if ``spec`` has both
    bytes and a conversation.
    """

    def __init__(self, spec: ProcessSpec, selector: selectors.BaseSelector) -> None:
        if spec.stdin is not None and spec.conversation is not None:
            msg = (
                f"{spec.argv[0]} has both bytes and a conversation for its standard input; give "
                "one of them."
            )
            raise SupervisorError(msg)
        self._program = spec.argv[0]
        self._empty = spec.stdin is None and spec.conversation is None
        self._conversation = spec.conversation
        self._selector = selector
        self._awaiting = False
        self._parts: bool | None = None
        self._held = False
        self._sending = memoryview(spec.stdin or b"")
        self._waiting = bytearray()
        self.descriptor = -1
        """Where to write; -1 if there is nothing to write to."""

    def begin(self) -> None:
        """Ask a conversation for its first words; `send` sends them."""
        if self._conversation is not None:
            self._waiting += self._conversation.begin()

    def open(self) -> int:
        """Return a new descriptor, for the process to read from; raises `OSError`."""
        if self._empty:
            # Not an empty pipe: some programs search a pipe in place of the directory.
            return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        reading, self.descriptor = make_pipe()
        os.set_blocking(self.descriptor, False)
        return reading

    def answer(self, line: bytes) -> None:
        """Have a conversation answer one line of standard output."""
        if self._conversation is not None:
            self._say(self._conversation.answer(line))

    def parts(self) -> bool:
        """Ask a conversation, once, how it ends; return whether the process will notice.

        If so, nothing more reaches the process until `part` lets it through.
        """
        if self._parts is None:
            talk = self._conversation
            if talk is None or self.descriptor < 0 or talk.over:
                self._parts = False
            else:
                words = talk.end()
                self._waiting += words
                self._parts = bool(words) or talk.over
            if self._parts:
                self._held = True
                self._rest()
        return self._parts

    def part(self) -> None:
        """Say the last words, and close if they were the last indeed."""
        self._held = False
        self.send()

    def send(self) -> None:
        """Write what can be written at once; close if that was all.

        Raises `SupervisorError` if more than `MOST_UNREAD` bytes of a conversation are left.
        """
        if self.descriptor < 0 or self._held:
            return
        try:
            while self._sending or self._waiting:
                if not self._sending:
                    self._sending, self._waiting = memoryview(self._waiting), bytearray()
                self._sending = self._sending[os.write(self.descriptor, self._sending[:CHUNK]) :]
        except BlockingIOError:
            self._check()
            self._await()
        except BrokenPipeError:
            self.close()
        else:
            self._rest()
            if self._conversation is None or self._conversation.over:
                self.close()

    def close(self) -> None:
        """Let the process read the end of its input."""
        self._rest()
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _say(self, words: bytes) -> None:
        if self.descriptor >= 0:
            self._waiting += words
            if self._awaiting:
                self._check()
            else:
                self.send()

    def _check(self) -> None:
        unread = len(self._sending) + len(self._waiting)
        if self._conversation is not None and unread > MOST_UNREAD:
            msg = (
                f"{self._program} leaves {unread >> 20} MiB unread of what it is told on its "
                "standard input; look why it stopped reading."
            )
            raise SupervisorError(msg)

    def _await(self) -> None:
        if not self._awaiting:
            self._selector.register(self.descriptor, selectors.EVENT_WRITE)
            self._awaiting = True

    def _rest(self) -> None:
        if self._awaiting:
            self._selector.unregister(self.descriptor)
            self._awaiting = False
