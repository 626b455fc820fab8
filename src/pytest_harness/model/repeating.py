"""Asking a model again after an error that may pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pytest_harness.allowance.retries import LONGEST_ASKED, pause_before, wait
from pytest_harness.model.client import Ending, ModelError
from pytest_harness.vocabulary import Fault

_T = TypeVar("_T")


class Repeating:
    """Repeats requests of one proposal."""

    def __init__(
        self,
        retries: int,
        remaining: Callable[[], float],
        ending: Ending,
        told: Callable[[ModelError], None],
    ) -> None:
        """Take how often one request is repeated, and who is told of each error before that.

        ``remaining`` says how many seconds are left, ``ending`` whether the session is to end.
        """
        self._retries = retries
        self._remaining = remaining
        self._ending = ending
        self._told = told

    def ask(self, once: Callable[[], _T]) -> _T:
        """Return what ``once`` returns, called again after errors that may pass.

        A vendor that asks to wait gets what it asks for, a minute for all repeats of a request.
        Raises the last `ModelError`, and one of `Fault.INTERRUPTED` if the session ends meanwhile.
        """
        patience = LONGEST_ASKED
        repeats = 0
        while True:
            try:
                return once()
            except ModelError as error:
                repeats += 1
                pause = max(pause_before(repeats, None), error.retry_after or 0.0)
                room = min(patience, self._remaining())
                if not error.again or repeats > self._retries or pause > room:
                    raise
                patience -= pause
                self._told(error)
            if not wait(pause, self._ending):
                reason = "the session ended while the model was to be asked again"
                raise ModelError(Fault.INTERRUPTED, reason)
