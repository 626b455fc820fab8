"""Reading recorded streams as the driver reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_harness.backends.adapter import Parser
from pytest_harness.backends.events import Event
from pytest_harness.backends.transcript import Transcript
from pytest_harness.runtime.process import Captured, ProcessResult
from pytest_harness.vocabulary import Ended

STREAMS = Path(__file__).parent / "streams"
WORKSPACE = Path("/ws")


def ended(
    stderr: str = "", *, said: bytes = b"", code: int | None = 0, how: Ended = Ended.EXIT
) -> ProcessResult:
    """Return how a program ended after nine seconds."""
    wrong = stderr.encode()
    return ProcessResult(
        ended=how,
        exit=code,
        signal=None,
        duration=9.0,
        stdout=Captured(said, b"", len(said)),
        stderr=Captured(wrong, b"", len(wrong)),
        survivors=0,
    )


def lines_of(name: str) -> list[bytes]:
    """Return the lines of a recorded stream."""
    return [line for line in (STREAMS / f"{name}.jsonl").read_bytes().split(b"\n") if line]


def events_of(
    parser: Parser,
    lines: Iterable[bytes],
    result: ProcessResult | None = None,
    *,
    each: float = 0.1,
) -> list[Event]:
    """Return all events of lines that came ``each`` so many seconds."""
    events = [event for at, line in enumerate(lines) for event in parser.parse(line, at * each)]
    return [*events, *parser.finish(result or ended())]


def summed(events: Iterable[Event], workspace: Path = WORKSPACE) -> Transcript:
    """Return what is kept of events."""
    transcript = Transcript(workspace)
    for event in events:
        transcript.add(event)
    return transcript
