"""The description of a process to run, and of how it went.

Callers build a `ProcessSpec` and hand it to a `Runner`; they never start a process themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pytest_harness.vocabulary import Ended, Limit

LineSeen = Callable[[bytes, float], bool | None]
"""Called with each line of standard output, without newline, and the seconds since the start.

Where it returns true, enough was seen: the process is ended with `Ended.STOPPED`."""


class Conversation(Protocol):
    """Speaks with a process over its standard input for as long as it runs.

    Called by the runner, one call at a time. The lines are as they were printed, secrets included:
    a conversation writes nothing down. What it raises ends the process and comes out of the runner.
    A process that has not read 64 MiB of what it was told is an error.
    """

    def begin(self) -> bytes:
        """Return what is said at the start; called before the process is started."""
        ...

    def answer(self, line: bytes) -> bytes:
        """Return what is said to one line of standard output, given without its newline.

        Called before the line reaches `LineSeen`; a line longer than 8 MiB has lost its end.
        Nothing is said with ``b""``, nor once the process reads no more or the conversation is
        over: lines still come until the process has gone.
        """
        ...

    def end(self) -> bytes:
        """Return what is said when a limit is reached or the session ends, before any signal.

        The process has the first half of its grace to act on it, and is answered meanwhile;
        ``b""`` goes without, unless the conversation is over with it: a closed standard input is a
        goodbye too. Not called if it was over before.
        """
        ...

    @property
    def over(self) -> bool:
        """Whether nothing more will be said, so that standard input is closed.

        Asked after each of the other calls, as soon as everything said was written.
        """
        ...


KEEP_BYTES = 1 << 20
"""Bytes of each stream that are kept unless a caller says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLimits:
    """What a process and all that it starts may use together; ``None`` for no limit."""

    memory: int | None = None
    """Bytes that all processes hold together."""
    processes: int | None = None
    """Processes alive at once."""
    file_size: int | None = None
    """Bytes of one file."""


NO_LIMITS = ResourceLimits()
"""Everything the machine has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """One process to run to its end, with every process that it starts."""

    argv: tuple[str, ...]
    """Program and arguments; never a shell string."""
    cwd: Path
    """Working directory, absolute."""
    env: Mapping[str, str]
    """The whole environment: nothing is inherited beside it."""
    timeout: float
    """Wall-clock limit in seconds."""
    stdin: bytes | None = None
    """Fed and then closed; ``None`` is an empty standard input."""
    conversation: Conversation | None = None
    """Who speaks with it over standard input, in place of ``stdin``: both are refused."""
    silence: float | None = None
    """Limit in seconds without a byte on either stream; ``None`` for no such limit."""
    grace: float = 1.0
    """Seconds between the polite and the forced end."""
    stdout: Path | None = None
    """File that gets the kept part of standard output."""
    stderr: Path | None = None
    """File that gets the kept part of standard error."""
    keep: int = KEEP_BYTES
    """Bytes kept of each stream: the first and the last half, the cut marked between them."""
    limits: ResourceLimits = NO_LIMITS
    """What the whole tree may use."""
    readable: tuple[Path, ...] = ()
    """Paths beside its place that it must read; a runtime that hides others shows these."""
    ports: tuple[int, ...] = ()
    """Ports of servers on this machine's loopback address that it must reach."""
    private: tuple[Path, ...] = ()
    """Directories with credentials, removed at once should this process and its owner die."""


@dataclass(frozen=True, slots=True)
class Captured:
    """What was kept of a stream."""

    head: bytes
    """The first part; all of it if nothing was cut."""
    tail: bytes
    """The last part; empty if nothing was cut."""
    total: int
    """Bytes that were printed, kept or not."""
    kept: int | None = None
    """Bytes that both parts stand for, where secrets in them were replaced by a word."""

    @property
    def cut(self) -> int:
        """How many bytes were dropped between the two parts."""
        kept = len(self.head) + len(self.tail) if self.kept is None else self.kept
        return self.total - kept

    def data(self) -> bytes:
        """Return both parts with a line between them that says how much was cut."""
        if not self.cut:
            return self.head + self.tail
        return self.head + f"\n[... {self.cut} bytes cut ...]\n".encode() + self.tail

    def text(self) -> str:
        """Return `data` as text; bytes that are not UTF-8 appear as hexadecimal escapes."""
        return self.data().decode("utf-8", "backslashreplace")

    def last(self, characters: int) -> str:
        """Return at most so many characters from the end."""
        return self.text()[-characters:]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessResult:
    """How a process went. When this exists, nothing that it started is alive."""

    ended: Ended
    """What ended it."""
    exit: int | None
    """Its exit code; ``None`` if a signal ended it or it never started."""
    signal: int | None
    """The signal that ended it."""
    duration: float
    """Seconds."""
    stdout: Captured
    """Standard output."""
    stderr: Captured
    """Standard error."""
    survivors: int
    """Processes that it had left running and that were ended."""
    detached: int = 0
    """How many of those had let go of its streams, so that they were meant to stay."""
    left_at: float | None = None
    """When the process itself ended, in seconds since the epoch; ``None`` if it never started."""
    limit: Limit | None = None
    """The limit that was reached: the one that ended it, or one that it met and survived."""
    reason: str = ""
    """Why it could not be started, in one sentence."""


def without_process(ended: Ended, reason: str = "") -> ProcessResult:
    """Return what is said where no process was started."""
    nothing = Captured(b"", b"", 0)
    return ProcessResult(
        ended=ended,
        exit=None,
        signal=None,
        duration=0.0,
        stdout=nothing,
        stderr=nothing,
        survivors=0,
        reason=reason,
    )


class Runner(Protocol):
    """Runs processes; the supervisor is one, a runtime may wrap another around it."""

    def run(self, spec: ProcessSpec, on_line: LineSeen | None = None) -> ProcessResult:
        """Run ``spec`` to its end and end all that it left.

        A program that does not exist gives `Ended.NOT_STARTED`, not an exception.
        Raises `SupervisorError` if processes cannot be supervised at all, and lets
        `KeyboardInterrupt` through once nothing is alive.
        """
        ...
