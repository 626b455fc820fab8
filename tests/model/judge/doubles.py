"""A client that says what it is told to, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_harness.model.client import Ending, ModelError, Reply
from pytest_harness.model.conversation import Question, Words
from pytest_harness.records import Usage

TOKENS = Usage(input=100, output=10)
PRICE = 0.25


class Said:
    """Answers with texts and errors in turn; every answer costs the same."""

    def __init__(self, *answers: str | ModelError) -> None:
        self._answers: Sequence[str | ModelError] = answers
        self.questions: list[Question] = []
        self.limits: list[float] = []
        self.closed = False

    def ask(self, question: Question, limit: float, ending: Ending) -> Reply:
        answer = self._answers[len(self.questions)]
        self.questions.append(question)
        self.limits.append(limit)
        if isinstance(answer, ModelError):
            raise answer
        return Reply(text=answer, usage=TOKENS, cost_usd=PRICE)

    def close(self) -> None:
        self.closed = True

    @property
    def asked(self) -> int:
        return len(self.questions)

    def system(self, number: int = 0) -> str:
        return self._words(number, 0)

    def prompt(self, number: int = 0) -> str:
        return self._words(number, 1)

    def _words(self, number: int, place: int) -> str:
        message = self.questions[number].messages[place]
        assert isinstance(message, Words)
        return message.text
