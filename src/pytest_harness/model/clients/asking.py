"""What all clients have in common: the clock, the session's end, the price."""

from __future__ import annotations

import dataclasses
import warnings
from abc import ABC, abstractmethod

from pytest_harness.model.client import Ending, Reply
from pytest_harness.model.clients import failures
from pytest_harness.model.clients.guard import Guard
from pytest_harness.model.clients.waiting import EndingError, OutOfTimeError, Waiting
from pytest_harness.model.clients.whom import Whom
from pytest_harness.model.conversation import Question
from pytest_harness.model.prices import price_request


class AskingClient(ABC):
    """A client whose library answers in an event loop."""

    def __init__(self, whom: Whom) -> None:
        self.whom = whom
        self.guard = Guard(whom)
        self._waiting = Waiting(f"pytest-harness {whom}")

    def ask(self, question: Question, limit: float, ending: Ending) -> Reply:
        """Send one request, once, and wait for the whole answer, at most ``limit`` seconds.

        Raises `ModelError` as `Client.ask` says.
        """

        async def answer() -> Reply:
            return await self.answer(question)

        # Libraries warn of settings that a model ignores; that must not fail a user's tests.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                reply = self._waiting.run(answer, limit, ending)
            except OutOfTimeError as error:
                raise failures.too_late(self.whom, limit) from error
            except EndingError as error:
                raise failures.interrupted(self.whom) from error
        priced = price_request(self.whom.vendor, self.whom.model, reply.usage)
        if priced is None:
            return reply
        return dataclasses.replace(reply, cost_usd=priced.cost_usd, price_date=priced.date)

    def close(self) -> None:
        """Let go of connections; may be called twice."""
        self._waiting.close(self.hang_up)

    @abstractmethod
    async def answer(self, question: Question) -> Reply:
        """Send one request and return the whole answer without its price; raises `ModelError`."""

    @abstractmethod
    async def hang_up(self) -> None:
        """Close all connections."""
