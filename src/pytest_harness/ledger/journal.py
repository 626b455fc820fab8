"""The file ``ledger.jsonl``: whole lines only, appended under a lock, its torn end mended.

A process that is killed while it appends leaves a torn last line. Whoever appends next cuts it, or
ends it properly if only its newline is missing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic_core

from pytest_harness.ledger.files import write_all
from pytest_harness.ledger.layout import LEDGER_FILE, LEDGER_LOCK
from pytest_harness.runtime.locks import exclusive

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """One whole line."""

    offset: int
    """Where it begins, in bytes."""
    end: int
    """Where the next one begins."""
    data: bytes
    """Its text without the newline."""


class Appender:
    """The ledger opened for appending; see `appending`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def append(self, line: bytes) -> None:
        """Append one line, or nothing: what a full disk cut short is taken back."""
        size = os.fstat(self._descriptor).st_size
        try:
            write_all(self._descriptor, line + b"\n")
        except BaseException:
            os.ftruncate(self._descriptor, size)
            raise


@contextlib.contextmanager
def appending(run: Path) -> Iterator[Appender]:
    """Hold the ledger of ``run`` alone, mended and ready for appending.

    Raises `OSError`.
    """
    with exclusive(run / LEDGER_LOCK):
        descriptor = os.open(run / LEDGER_FILE, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            _mend(descriptor)
            yield Appender(descriptor)
        finally:
            os.close(descriptor)


def create(run: Path) -> None:
    """Make an empty ledger if there is none."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    os.close(os.open(run / LEDGER_FILE, flags, 0o666))


def read_lines(path: Path, start: int = 0) -> Iterator[Line]:
    """Yield the whole lines from byte ``start`` on, one at a time; a torn last one is left out."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return  # a run that has not finished a cell yet, or only its cells were kept
    with stream:
        stream.seek(start)
        offset = start
        for text in stream:
            data = text.removesuffix(b"\n")
            if not text.endswith(b"\n") and not is_whole(data):
                return
            # Whoever mends a whole line that lacks its newline writes just that one byte.
            end = offset + len(data) + 1
            yield Line(offset, end, data)
            offset = end


def is_whole(data: bytes) -> bool:
    """Whether ``data`` is a JSON object; the beginning of one never is."""
    try:
        document: Any = pydantic_core.from_json(data)
    except ValueError:
        return False
    return isinstance(document, dict)


def _mend(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return
    start = _last_line(descriptor, size)
    if is_whole(os.pread(descriptor, size - start, start)):
        write_all(descriptor, b"\n")
    else:
        os.ftruncate(descriptor, start)


def _last_line(descriptor: int, size: int) -> int:
    """Return where the last line begins, reading backwards from ``size``."""
    end = size
    while end > 0:
        begin = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
