"""The steps of a script, in words that belong to no protocol and to no program.

A *call* asks for a tool and waits for its result. *Words* go out together with what follows them.
A *fault* answers one request; the client's next try gets the step behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_harness.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write ``text`` to ``path``, relative to the workspace unless it is absolute."""

    path: str
    """Where."""
    text: str
    """The whole new content."""


@dataclass(frozen=True, slots=True)
class EditFile:
    """Replace ``old``, which stands in the file once, by ``new``.

    Some programs refuse to edit a file that they have not read or written in the same session; let
    a `ReadFile` come first.
    """

    path: str
    """Which file."""
    old: str
    """Text that stands in the file once; whole lines, with their newline, fit every program."""
    new: str
    """What stands there afterwards."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read a file."""

    path: str
    """Which file."""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Run a shell command in the workspace."""

    command: str
    """One command line for a shell."""


@dataclass(frozen=True, slots=True)
class CallTool:
    """Call any tool by its own name, offered or not, with its own arguments."""

    name: str
    """The tool's name, as the program spells it."""
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Its arguments, sent as they are."""


Single = WriteFile | EditFile | ReadFile | RunCommand | CallTool


@dataclass(frozen=True, slots=True, init=False)
class Together:
    """Make several calls in one turn; the program may run them in any order, or at once.

    Raises `ConfigurationError` for fewer than two calls.
    """

    calls: tuple[Single, ...]
    """The calls."""

    def __init__(self, *calls: Single) -> None:
        if len(calls) < 2:
            raise ConfigurationError(f"Together has {len(calls)} calls; give it two or more")
        object.__setattr__(self, "calls", calls)


@dataclass(frozen=True, slots=True)
class Say:
    """Say something; the last one is the model's answer."""

    text: str
    """What is said."""


@dataclass(frozen=True, slots=True)
class Think:
    """Show a reasoning text, in the manner of the protocol."""

    text: str
    """What is thought."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait before the answer that follows."""

    seconds: float
    """How long."""


@dataclass(frozen=True, slots=True)
class Status:
    """Refuse one request with an HTTP status and the protocol's own error body."""

    code: int
    """401, 429, 500, ..."""
    retry_after: float | None = None
    """Seconds that the client is asked to wait; ``None`` sends no such header."""
    message: str | None = None
    """The error's text; ``None`` says ``scripted`` and the code."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further headers, for example ``retry-after-ms``."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Begin to answer one request, then close the connection before the answer is whole."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Leave one request unanswered for so long, then close the connection."""

    seconds: float
    """How long; the server's end is the end of it as well."""
    in_the_middle: bool = False
    """Hang after the answer has begun, not before."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Answer one request with status 200 and something that is no answer."""

    html: bool = False
    """Send a page, as a proxy in between would; if not, JSON that breaks off in the stream."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Close the connection of one request without a byte."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Answer one request properly, with nothing in it."""


@dataclass(frozen=True, slots=True)
class Length:
    """End one answer because the model ran into its limit of tokens."""


Call = Single | Together
Words = Say | Think | Delay
Fault = Status | Cut | Hang | Malformed | Refuse | Empty | Length
Plain = Call | Words | Fault


class Repeat:
    """Do the same steps several times, or for ever: ``Repeat(Status(500))``.

    Without ``times`` it must be the last step of a script. Raises `ConfigurationError` when it
    could never come to anything.
    """

    def __init__(self, *steps: Plain, times: int | None = None) -> None:
        if not steps:
            raise ConfigurationError("Repeat has no steps; give it at least one")
        if times is not None and times < 1:
            raise ConfigurationError(f"Repeat is asked for {times} times; give it 1 or more")
        if times is None and all(isinstance(step, Words) for step in steps):
            raise ConfigurationError(
                "Repeat would talk for ever; give it times, or a step that is not Say"
            )
        self.steps = steps
        self.times = times

    def __repr__(self) -> str:
        inner = ", ".join(map(repr, self.steps))
        return f"Repeat({inner}, times={self.times})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Repeat):
            return NotImplemented
        return (self.steps, self.times) == (other.steps, other.times)

    def __hash__(self) -> int:
        return hash((self.steps, self.times))


Step = Plain | Repeat


def calls_of(call: Call) -> tuple[Single, ...]:
    """Return the calls that one turn makes."""
    return call.calls if isinstance(call, Together) else (call,)
