"""Reading a command of which nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.json_lines import not_understood
from pytest_harness.backends.leftovers import open_plain
from pytest_harness.backends.transcript import ANSWER
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Ended

LINES = 5
"""Lines at the end of standard error that are told where a command fails."""
TOLD = 10_000
"""Lines of standard output that become events; all of them are in ``stdout.jsonl``."""
CHARACTERS = 1000
"""Characters of those."""


class CommandParser:
    """Takes lines as they are; what they mean is known at the end alone."""

    def __init__(self, output: Path | None) -> None:
        self._output = output
        self._first: float | None = None
        self._told = 0

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line: it is text."""
        if self._first is None:
            self._first = seen
        if self._told == TOLD:
            return ()
        self._told += 1
        return (not_understood(line, seen),)

    def finish(self, result: ProcessResult) -> Sequence[Event]:
        """Return the answer, and success if the exit code is 0: there is no other sign of it."""
        events: list[Event] = []
        answer = self._answer(result)
        if answer or self._first is not None:
            seen = result.duration if self._first is None else self._first
            events.append(Event(kind=EventKind.MESSAGE, seen=seen, text=answer))
        if result.ended is not Ended.EXIT:
            return events
        if result.exit == 0:
            events.append(Event(kind=EventKind.COMPLETED, seen=result.duration))
        elif result.exit is not None:
            lines = [line.strip() for line in result.stderr.last(20_000).splitlines()]
            said = "; ".join([line for line in lines if line][-LINES:])[-CHARACTERS:]
            text = f"exit code {result.exit}" + (f": {said}" if said else "")
            events.append(Event(kind=EventKind.FAILED, seen=result.duration, text=text))
        return events

    def _answer(self, result: ProcessResult) -> str:
        """Return what stands in the output file, or the end of what was printed."""
        if self._output is None:
            return result.stdout.last(ANSWER)
        file = open_plain(self._output)
        if file is None:
            return ""
        with file:
            return file.read(4 * ANSWER).decode("utf-8", "backslashreplace")[:ANSWER]
