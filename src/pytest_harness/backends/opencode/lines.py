"""Telling OpenCode's events and its log apart, which come on one stream.

Both are written to standard output, since only there they are read as they come. An event longer
than a pipe is written in pieces, and lines of the log may fall between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 32 << 20
"""Bytes of an event that is put together from pieces."""

_LOG = re.compile(
    rb"timestamp=\d{4}-\d\d-\d\dT[\d:.]+Z level=[A-Z]+ run=\w+ message=|\x1b\[93m\x1b\[1m! \x1b\[0m"
)
_FIELD = re.compile(r'([\w.]+)=("(?:[^"\\]|\\.)*"|\S*)')


class Demultiplexer:
    """Puts events together that lines of the log have cut into pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, line: bytes) -> Iterator[bytes]:
        """Take a line as it came; yield whole events, lines of the log, and anything else."""
        if not self._pieces and line.startswith(b"{") and line.endswith(b"}"):
            yield line
            return
        found = _LOG.search(line)
        if found is None and not self._pieces:
            yield line
            return
        event, log = (
            (line, b"") if found is None else (line[: found.start()], line[found.start() :])
        )
        if event:
            self._pieces.append(event)
            self._held += len(event)
            whole = self._whole()
            if whole is not None:
                yield whole
        if log:
            yield log

    def rest(self) -> bytes:
        """Return the pieces of an event that never became whole, and forget them."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        return data

    def _whole(self) -> bytes | None:
        """Return the pieces if they end like an event, or if they are too many."""
        begins = self._pieces[0].startswith(b"{")
        if begins and not self._pieces[-1].endswith(b"}") and self._held < LONGEST:
            return None
        return self.rest()


def fields(line: bytes) -> dict[str, str]:
    """Read a line of the log: names and values."""
    text = line.decode("utf-8", "backslashreplace")
    return {name: _unquoted(value) for name, value in _FIELD.findall(text)}


def _unquoted(value: str) -> str:
    if len(value) < 2 or not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
