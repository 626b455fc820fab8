"""What Ctrl-C and SIGTERM do to a process that computes cells, or waits for those that do.

The first one stops the proposal or the check that is running, and lets the cell be written down
with what was paid for; then the session ends. The second one ends the session at once.
"""

from __future__ import annotations

import contextlib
import enum
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from pytest_harness.errors import HarnessError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Role(enum.Enum):
    """Who is interrupted."""

    ALONE = "alone"
    """The only process: a second signal ends it at once."""
    WORKER = "worker"
    """One of several: the terminal and the controller both tell it, so a second one is the same."""
    CONTROLLER = "controller"
    """The one that waits for the workers."""


class _State(enum.Enum):
    OUTSIDE = "outside"
    """Nothing is being computed: a signal does what it always does."""
    HOLDING = "holding"
    """A cell is being computed: the end waits for it."""
    LEAVING = "leaving"
    """The session ends already: a signal ends the process, and means nothing to a worker."""


_PATIENCE = {Role.ALONE: 2.5, Role.WORKER: 2.5, Role.CONTROLLER: 4.0}
"""Seconds after which what does not come to its end by itself is left at once."""


class LeftAtOnceError(BaseException):
    """A cell was left in the middle; no error, because nothing may take it for one."""


class Interrupts:
    """The signals of one process.

    ``leave`` raises what ends the session; it is given the first signal. In a worker it is
    called for every signal, in other processes SIGINT outside a cell is Python's own.
    """

    def __init__(self, leave: Callable[[signal.Signals], NoReturn]) -> None:
        self.role = Role.ALONE
        """Who this process is."""
        self._leave = leave
        self._state = _State.OUTSIDE
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self._stops: list[Callable[[signal.Signals], object]] = []
        self._last: list[Callable[[], object]] = []
        self._first: signal.Signals | None = None
        self._owner = os.getpid()
        # The handler fills it, and may interrupt itself there: an event would deadlock.
        self._hurry: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._knocked = False

    @property
    def ending(self) -> bool:
        """Whether the session is to end."""
        return self._first is not None

    def on_first(self, stop: Callable[[signal.Signals], object]) -> None:
        """Have ``stop`` called with the first signal, from its handler, or now if it has come."""
        self._stops.append(stop)
        if self._first is not None:
            stop(self._first)

    def install(self, role: Role) -> None:
        """Take the signals over where nobody else has; nothing happens outside the main thread."""
        self.role = role
        if self._before or threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
                self._before[number] = signal.signal(number, self._handle)
        threading.Thread(target=self._watch, name="pytest-harness-interrupts", daemon=True).start()

    def restore(self) -> None:
        """Give the signals back."""
        self._over.set()
        self._hurry.put(None)
        while self._before:
            number, before = self._before.popitem()
            signal.signal(number, before)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the end back while a cell is computed and written down, then let it come.

        Whatever the body raised, what leaves here after a signal ends the session.
        """
        self.hold()
        try:
            yield
        finally:
            if self._first is not None:
                self._end(self._first)
            self._state = _State.OUTSIDE

    def hold(self) -> None:
        """Hold the end back from now on: whoever calls sees `ending`, or ends when others do."""
        self._state = _State.HOLDING

    def finish(self) -> None:
        """Say that the session is over: the next signal ends the process without a word."""
        self._over.set()
        if self.ending or self.role is Role.WORKER:
            self._state = _State.LEAVING
        else:
            self.restore()

    def on_last(self, clean_up: Callable[[], object]) -> None:
        """Have ``clean_up`` called, from the handler, before a signal ends the process."""
        self._last.append(clean_up)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        __tracebackhide__ = True  # what was interrupted is of interest, not this
        if os.getpid() != self._owner:
            self._die(number)  # a child that a test forked
        knocked, self._knocked = self._knocked, False
        if knocked:
            if self._state is _State.HOLDING:
                self._leave_at_once()
            return
        first = self._first is None
        if first:
            self._first = signal.Signals(number)
            for stop in self._stops:
                stop(self._first)
        if self._state is _State.HOLDING and (first or self.role is Role.WORKER):
            self._hurry.put(None)
        elif self._state is _State.HOLDING:
            self._leave_at_once()
        elif self._state is _State.LEAVING:
            if self.role is not Role.WORKER:
                with contextlib.suppress(HarnessError):  # nobody waits to be told any more
                    for clean_up in self._last:
                        clean_up()
                self._die(number)
        elif self._plain(number):
            self._state = _State.LEAVING
            signal.default_int_handler(number, frame)
        else:
            self._end(self._first or signal.SIGINT)

    def _plain(self, number: int) -> bool:
        """Whether pytest's own way of ending is best: it shows where a test was."""
        outside = self._state is _State.OUTSIDE and self.role is not Role.WORKER
        return outside and number == signal.SIGINT

    def _leave_at_once(self) -> NoReturn:
        if self.role is Role.CONTROLLER:
            self._end(self._first or signal.SIGINT)
        self._state = _State.LEAVING
        raise LeftAtOnceError("a second signal")

    def _end(self, first: signal.Signals) -> NoReturn:
        self._state = _State.LEAVING
        self._leave(first)

    def _die(self, number: int) -> None:
        """End this process as if nobody handled the signal; what it runs ends with it."""
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _watch(self) -> None:
        """Leave by force if the end takes too long, whatever is being waited for."""
        self._hurry.get()
        if not self._over.wait(_PATIENCE[self.role]):
            self._knocked = True
            # A signal, because nothing else ends a system call of the main thread.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
