"""Telling OpenCode's events and its log apart, which come on one stream.

Both are written to standard output, since only there they are read as they come. An event longer
than a pipe is written in pieces, and lines of the log may fall between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_harness.backends.json_lines import Json, document

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

    def feed(self, line: bytes) -> Iterator[tuple[bytes, Json | None]]:
        """Take a line as it came; yield whole events, lines of the log, and anything else.

        Each comes with the object that it holds, if it is an event.
        """
        if not self._pieces and line.startswith(b"{") and (event := document(line)) is not None:
            yield line, event
            return
        found = _LOG.search(line)
        if found is None and not self._pieces:
            yield line, None
            return
        cut = len(line) if found is None else found.start()
        if cut:
            self._pieces.append(line[:cut])
            self._held += cut
            yield from self._whole()
        if found is not None:
            yield line[cut:], None

    def rest(self) -> bytes:
        """Return the pieces of an event that never became whole, and forget them."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        return data

    def _whole(self) -> Iterator[tuple[bytes, Json | None]]:
        """Yield the pieces if they are an event now, or cannot become one."""
        if not self._pieces[0].startswith(b"{") or self._held >= LONGEST:
            yield self.rest(), None
        elif self._pieces[-1].endswith(b"}"):
            event = document(b"".join(self._pieces))
            if event is not None:
                yield self.rest(), event


def fields(line: bytes) -> dict[str, str]:
    """Read a line of the log: names and values."""
    text = line.decode("utf-8", "backslashreplace")
    return {name: _unquoted(value) for name, value in _FIELD.findall(text)}


def _unquoted(value: str) -> str:
    if len(value) < 2 or not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
