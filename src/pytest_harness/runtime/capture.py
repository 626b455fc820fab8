"""Keeping the first and the last part of a stream, and cutting it into lines."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from pytest_harness.errors import SupervisorError
from pytest_harness.runtime.process import Captured

if TYPE_CHECKING:
    from pathlib import Path

LINE_BYTES = 8 << 20
"""Bytes of one line that are handed on; what follows in that line is dropped."""

_BLOCK = 1 << 16


class Capture:
    """What is kept of one stream, in memory and, if asked, in a file.

    The file has the first part as it comes, and the mark of the cut and the last part from
    `finish` on: a crash leaves what came first. It never grows beyond ``keep`` and that mark.
    Raises `SupervisorError` when the file cannot be written.
    """

    def __init__(self, keep: int, path: Path | None = None) -> None:
        self._head_room = keep - keep // 2
        self._tail_room = keep // 2
        self._head = bytearray()
        self._tail = Tail(self._tail_room)
        self._total = 0
        self._path = path
        self._file = -1
        if path is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            try:
                self._file = os.open(path, flags, 0o666)
            except OSError as error:
                raise self._unwritable(error) from error

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        self._total += len(chunk)
        room = self._head_room - len(self._head)
        if room:
            first = chunk[:room]
            self._head += first
            self._write(first)
            chunk = chunk[room:]
        if chunk:
            self._tail.feed(chunk)

    def finish(self) -> Captured:
        """Complete the file, close it, and return what was kept; may be called again."""
        tail = self._tail.data()
        head = bytes(self._head)
        if len(head) + len(tail) == self._total:
            captured = Captured(head + tail, b"", self._total)
        else:
            captured = Captured(head, tail, self._total)
        self._write(captured.data()[len(head) :])
        self.close()
        return captured

    def close(self) -> None:
        """Close the file as it is."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, data: bytes) -> None:
        if self._file < 0:
            return
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> SupervisorError:
        return SupervisorError(
            f"The output of a process cannot be written to {self._path}: {error.strerror}; "
            "make room there or choose another directory."
        )


class Tail:
    """The last bytes of a stream, in blocks so that nothing large is ever copied or moved."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._blocks: deque[bytes] = deque()
        self._small = bytearray()
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._size += len(chunk)
        if len(self._small) + len(chunk) < _BLOCK:
            self._small += chunk
        else:
            if self._small:
                self._blocks.append(bytes(self._small))
                self._small.clear()
            self._blocks.append(chunk)
        while self._blocks and self._size - len(self._blocks[0]) >= self._room:
            self._size -= len(self._blocks.popleft())

    def data(self) -> bytes:
        """Return what is kept."""
        whole = b"".join(self._blocks) + self._small
        return whole[-self._room :] if self._room else b""


class LineSplitter:
    """Cuts a stream into lines; a line longer than ``limit`` bytes loses its end."""

    def __init__(self, limit: int = LINE_BYTES) -> None:
        self._limit = limit
        self._open: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes and return the lines that they complete, without newline."""
        lines = chunk.split(b"\n")
        self._extend(lines[0])
        if len(lines) == 1:
            return []
        lines[0] = self._take()
        self._extend(lines.pop())
        if len(chunk) > self._limit:
            return [line[: self._limit] for line in lines]
        return lines

    def finish(self) -> list[bytes]:
        """Return the last line if no newline ended it."""
        return [self._take()] if self._size else []

    def _extend(self, part: bytes) -> None:
        kept = part[: self._limit - self._size]
        if kept:
            self._open.append(kept)
            self._size += len(kept)

    def _take(self) -> bytes:
        line = b"".join(self._open)
        self._open.clear()
        self._size = 0
        return line
