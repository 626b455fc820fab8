"""Keeping the first and the last part of a stream without the secrets in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_harness.redaction.stream import Flow, hidden_from
from pytest_harness.runtime.capture import Capture, Tail
from pytest_harness.runtime.process import Captured

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_harness.redaction import Vault


class HiddenCapture(Capture):
    """As `Capture`; what is kept is searched, what is dropped only counted.

    Around the cut a little more is looked at than is kept, so that no piece of a secret that was
    cut in two stays. The file lags behind the stream by some kilobytes.
    """

    def __init__(self, keep: int, path: Path | None, vault: Vault) -> None:
        super().__init__(keep, path)
        self._vault = vault
        self._reach = vault.reach
        self._flow = Flow(vault)
        self._given = 0
        self._edge = b""
        self._tail = Tail(self._tail_room + self._reach)
        self._done: Captured | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        room = self._head_room + self._reach - self._given
        if room > 0:
            part = chunk[:room]
            self._given += len(part)
            self._put(self._flow.feed(part))
        left = max(0, self._head_room - self._total)
        if left:
            self._edge = (self._edge + chunk[:left])[-self._reach :]
        self._total += len(chunk)
        if len(chunk) > left:
            self._tail.feed(chunk[left:])

    def finish(self) -> Captured:
        """Complete the file, close it, and return what was kept; may be called again."""
        if self._done is None:
            self._done = self._finish()
            self.close()
        return self._done

    def _finish(self) -> Captured:
        tail = self._tail.data()
        ahead = max(0, self._given - self._head_room)
        if self._total <= self._head_room + self._tail_room:
            self._put(self._flow.feed(tail[ahead:]))
            self._put(self._flow.finish())
            return Captured(bytes(self._head), b"", self._total, self._total)
        self._put(self._flow.finish(drop=ahead))
        if self._total <= self._head_room + self._tail_room + self._reach:
            tail = self._edge + tail  # the secret at its beginning may have begun in the head
        kept = hidden_from(self._vault, tail, len(tail) - self._tail_room)
        room = self._head_room + self._tail_room
        captured = Captured(bytes(self._head), kept, self._total, room)
        self._write(captured.data()[len(self._head) :])
        return captured

    def _put(self, data: bytes) -> None:
        self._head += data
        self._write(data)
