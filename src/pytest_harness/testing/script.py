"""What a scripted model does, in words that belong to no protocol.

A script is a sequence of steps. Every `WriteFile` and `RunCommand` is one call of a tool: the
model makes it and waits for its result. A `Say` goes out together with the call, the fault or the
end that follows it. After the last step the model ends its turn. A fault answers one request; the
client's next try gets the step behind it, so ``[Status(500), Say("hello")]`` is a model that
recovers and ``[Repeat(Status(500))]`` one that never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_harness.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write ``text`` to ``path``, relative to the workspace unless it is absolute."""

    path: str
    """Where."""
    text: str
    """The whole new content."""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Run a shell command in the workspace."""

    command: str
    """One command line for a shell."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say something; the last one is the model's answer."""

    text: str
    """What is said."""


@dataclass(frozen=True, slots=True)
class Status:
    """Refuse one request with an HTTP status."""

    code: int
    """401, 429, 500, ..."""
    retry_after: float | None = None
    """Seconds that the client is asked to wait; ``None`` sends no such header."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Begin to answer one request, then close the connection before the answer is whole."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Leave one request unanswered for so long, then close the connection."""

    seconds: float
    """How long; the server's end is the end of it as well."""


Call = WriteFile | RunCommand
Fault = Status | Cut | Hang
Plain = Call | Say | Fault


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
        if times is None and all(isinstance(step, Say) for step in steps):
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request is answered with."""

    says: tuple[str, ...]
    """Messages, in order."""
    ending: Call | Fault | None
    """The call or the fault after them; ``None`` ends the turn."""


class Script:
    """The steps of a model, looked up by how far a conversation has come."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)
        endless = [s for s in self.steps[:-1] if isinstance(s, Repeat) and s.times is None]
        if endless:
            raise ConfigurationError(
                f"nothing comes after {endless[0]!r}; give it times or make it the last step"
            )
        self._calls = self._count_calls()

    def answer(self, results: int, attempt: int) -> Answer:
        """Return the answer to a request.

        ``results`` is how many results of tools the request holds, ``attempt`` how many requests
        of the same conversation held as many before it.
        """
        if self._calls is not None:
            results = min(results, self._calls)
        for answer in self._answers():
            if answer.ending is None:
                return answer
            if isinstance(answer.ending, Call):
                if results == 0:
                    return answer
                results -= 1
            elif results == 0:
                if attempt == 0:
                    return answer
                attempt -= 1
        raise AssertionError("a script always has an end")

    def _count_calls(self) -> int | None:
        """Count the calls of tools; ``None`` if they never end."""
        calls = 0
        for step in self.steps:
            if isinstance(step, Repeat):
                inner = sum(isinstance(each, Call) for each in step.steps)
                if inner and step.times is None:
                    return None
                calls += inner * (step.times or 1)
            elif isinstance(step, Call):
                calls += 1
        return calls

    def _answers(self) -> Iterator[Answer]:
        """Yield all answers in order; the last one, if there is one, ends the turn."""
        says: list[str] = []
        for step in self._flat():
            if isinstance(step, Say):
                says.append(step.text)
                continue
            yield Answer(tuple(says), step)
            says.clear()
        yield Answer(tuple(says), None)

    def _flat(self) -> Iterator[Plain]:
        """Yield the steps with every `Repeat` written out."""
        for step in self.steps:
            if not isinstance(step, Repeat):
                yield step
            elif step.times is not None:
                for _ in range(step.times):
                    yield from step.steps
            else:
                while True:
                    yield from step.steps
