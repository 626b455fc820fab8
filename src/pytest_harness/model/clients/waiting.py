"""Waiting for something that happens in an event loop of its own, with an eye on the time.

The loop has its own thread, because the caller's thread may have a running loop.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

from pytest_harness.model.client import Ending

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

T = TypeVar("T")

LOOK = 0.05
"""Seconds between two looks at whether the session is to end."""


class OutOfTimeError(Exception):
    """What was waited for did not come in time."""


class EndingError(Exception):
    """The session is to end."""


class Waiting:
    """An event loop in a thread, from the first `run` to `close`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stack = contextlib.ExitStack()
        self._portal: BlockingPortal | None = None

    def run(self, work: Callable[[], Awaitable[T]], limit: float, ending: Ending) -> T:
        """Return what ``work`` returns; cancel it where that takes too long.

        Raises what it raises, `OutOfTimeError` after ``limit`` seconds, and `EndingError` soon
        after ``ending`` says so.
        """
        until = time.monotonic() + limit
        if ending():
            raise EndingError
        future: Future[T] = self._started().start_task_soon(work)
        try:
            while not future.done():
                left = until - time.monotonic()
                wait((future,), timeout=max(0.0, min(left, LOOK)))
                if future.done():
                    break
                if ending():
                    raise EndingError
                if left <= 0:
                    raise OutOfTimeError
            return future.result()
        finally:
            future.cancel()

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Run what is to be done last, then end the thread; does nothing if there is none."""
        if self._portal is None:
            return
        portal, self._portal = self._portal, None
        try:
            portal.call(last)
        finally:
            self._stack.close()

    def _started(self) -> BlockingPortal:
        if self._portal is None:
            from anyio.from_thread import start_blocking_portal

            self._portal = self._stack.enter_context(start_blocking_portal(name=self._name))
        return self._portal
