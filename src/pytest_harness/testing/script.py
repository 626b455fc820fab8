"""What a scripted model does: which request gets which answer.

A script is a sequence of steps. Every call is one turn: the model makes it and waits for its
result. Words go out together with the call, the fault or the end that follows them. After the last
step the model ends its turn. A fault answers one request; the client's next try gets the step
behind it, so ``[Status(500), Say("hello")]`` is a model that recovers and ``[Repeat(Status(500))]``
one that never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_harness.errors import ConfigurationError
from pytest_harness.testing.steps import (
    Call,
    Delay,
    Fault,
    Plain,
    Repeat,
    Say,
    Step,
    Think,
    Words,
    calls_of,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request is answered with."""

    says: tuple[str, ...]
    """Messages, in order."""
    ending: Call | Fault | None
    """The call or the fault after them; ``None`` ends the turn."""
    thinks: tuple[str, ...] = ()
    """Reasoning texts; they come before the messages."""
    delay: float = 0.0
    """Seconds to wait before anything is sent."""


class Script:
    """The steps of a model, looked up by how far a conversation has come.

    Raises `ConfigurationError` if steps come after one that never ends.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)
        endless = [s for s in self.steps[:-1] if isinstance(s, Repeat) and s.times is None]
        if endless:
            raise ConfigurationError(
                f"nothing comes after {endless[0]!r}; give it times or make it the last step"
            )
        self._results = self._count_results()

    def answer(self, results: int, attempt: int) -> Answer:
        """Return the answer to a request.

        ``results`` is how many results of tools the request holds, ``attempt`` how many requests
        of the same conversation held as many before it.
        """
        if self._results is not None:
            results = min(results, self._results)
        for answer in self._answers():
            if answer.ending is None:
                return answer
            if isinstance(answer.ending, Call):
                awaited = len(calls_of(answer.ending))
                if results < awaited:
                    return answer
                results -= awaited
            elif results == 0:
                if attempt == 0:
                    return answer
                attempt -= 1
        raise AssertionError("a script always has an end")

    def _count_results(self) -> int | None:
        """Return how many results all calls bring; ``None`` if there is no end of them."""
        results = 0
        for step in self.steps:
            inner = step.steps if isinstance(step, Repeat) else (step,)
            brings = sum(len(calls_of(each)) for each in inner if isinstance(each, Call))
            if isinstance(step, Repeat):
                if step.times is None:
                    return None if brings else results
                brings *= step.times
            results += brings
        return results

    def _answers(self) -> Iterator[Answer]:
        """Yield all answers in order; the last one, if there is one, ends the turn."""
        words: list[Words] = []
        for step in self._flat():
            if isinstance(step, Words):
                words.append(step)
                continue
            yield _answer(words, step)
            words.clear()
        yield _answer(words, None)

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


def _answer(words: Sequence[Words], ending: Call | Fault | None) -> Answer:
    """Put together what goes out at once."""
    return Answer(
        says=tuple(word.text for word in words if isinstance(word, Say)),
        ending=ending,
        thinks=tuple(word.text for word in words if isinstance(word, Think)),
        delay=sum(word.seconds for word in words if isinstance(word, Delay)),
    )
