"""The tool `read_file`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pydantic import Field

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.arguments import Arguments, LineNumber
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.content import BINARY_NOTE, as_text, is_binary
from pytest_harness.model.tools.handler import Handler
from pytest_harness.model.tools.naming import NotAllowedError, NotPossibleError, shown
from pytest_harness.vocabulary import Tool

READ_BYTES = 64 << 10
"""Bytes of a file that one call gives."""
SCAN_BYTES = 64 << 20
"""Bytes of a file that are looked through for a line."""

_PROBE = 8 << 10


class ReadFileArguments(Arguments):
    """What to read."""

    path: str = Field(description="The file, relative to the workspace.")
    start_line: LineNumber | None = Field(
        default=None, description="First line to read, counted from 1. Default: 1."
    )
    end_line: LineNumber | None = Field(
        default=None, description="Last line to read. Default: the end of the file."
    )


@dataclass(slots=True)
class _Window:
    """The lines that were asked for, as far as they fit."""

    data: bytearray
    last: int = 0
    """The last line in ``data``, 0 for none."""
    more: bool = False
    """Whether a line that was asked for did not fit."""
    cut: bool = False
    """Whether the end of the last line is missing."""
    total: int | None = None
    """Lines of the file; ``None`` where it was not read to its end."""
    exhausted: bool = False
    """Whether so much was looked through that no more is."""


class ReadFile(Handler[ReadFileArguments]):
    """Reads a text file, or some of its lines."""

    tool = Tool.READ_FILE
    work = Work.READ
    model = ReadFileArguments

    def __init__(self, inside: Confined) -> None:
        self._inside = inside

    @property
    def description(self) -> str:
        """What it does, for models."""
        return (
            "Read a text file of the workspace, or the lines start_line to end_line of it. "
            f"One call gives at most {READ_BYTES >> 10} KiB and says how to read on."
        )

    def summary(self, given: ReadFileArguments) -> str:
        """The path."""
        return given.path

    def execute(self, given: ReadFileArguments) -> Outcome:
        """Read."""
        first = given.start_line or 1
        if given.end_line is not None and given.end_line < first:
            raise NotAllowedError(f"end_line {given.end_line} lies before line {first}")
        names = self._inside.names(given.path)
        with self._inside.reading(self._inside.followed(names)) as (file, info):
            head = file.read(_PROBE)
            if is_binary(head):
                raise NotPossibleError(f"{shown(names)} {BINARY_NOTE} ({info.st_size} bytes)")
            file.seek(0)
            window = _read(file, first, given.end_line)
        data = bytes(window.data)
        if is_binary(data):
            raise NotPossibleError(f"{shown(names)} {BINARY_NOTE} ({info.st_size} bytes)")
        if not window.last:
            self._nothing(window, shown(names), first)
        text = as_text(data)
        notes = _notes(window, first)
        if b"\r\n" in data:
            text = text.replace("\r\n", "\n")
            notes.append("lines end in CRLF")
        if notes:
            text = f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}"
            text += f"[{'; '.join(notes)}]"
        return self.done(given, text, names)

    def _nothing(self, window: _Window, path: str, first: int) -> None:
        if window.exhausted:
            raise NotPossibleError(
                f"line {first} of {path} lies beyond its first {SCAN_BYTES >> 20} MiB, "
                "which is as far as this tool reads"
            )
        if first > 1:
            raise NotPossibleError(
                f"{path} has {window.total} lines, so that there is no line {first}"
            )


def _notes(window: _Window, first: int) -> list[str]:
    if not window.last:
        return ["the file is empty"]
    whole = first == 1 and window.last == window.total and not window.cut
    if whole:
        return []
    lines = f"line {first}" if first == window.last else f"lines {first} to {window.last}"
    notes = [f"{lines} of {window.total}" if window.total is not None else lines]
    if window.cut:
        notes.append(f"the end of line {window.last} is left out: it is too long")
    if window.more:
        notes.append(f"read on with start_line={window.last + 1}")
    return notes


def _read(file: BinaryIO, first: int, last: int | None) -> _Window:
    """Collect the lines from ``first`` to ``last`` as far as they fit, and count the others."""
    window = _Window(bytearray(), total=0)
    for number, line, cut in _lines(file):
        window.total = number
        if number < first or (last is not None and number > last) or window.more:
            continue
        if window.last and len(window.data) + len(line) > READ_BYTES:
            window.more = True
            continue
        window.data += line
        window.last = number
        window.cut = cut
    if file.read(1):
        window.exhausted = True
        window.total = None
    return window


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Yield each line with its number and whether it was cut, up to `SCAN_BYTES` of the file."""
    number = scanned = 0
    while scanned <= SCAN_BYTES and (line := file.readline(READ_BYTES)):
        number += 1
        scanned += len(line)
        cut = False
        rest = line
        while not rest.endswith(b"\n") and scanned <= SCAN_BYTES:
            rest = file.readline(READ_BYTES)
            if not rest:
                break
            cut = True
            scanned += len(rest)
        yield number, line, cut
