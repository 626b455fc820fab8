"""How a session of pytest ends early: what it says, what it returns, and who tells whom."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import Any, NoReturn

import pytest

from pytest_harness._compat import worker_pid
from pytest_harness.interrupts import Interrupts, Role

CONTROLLER = "dsession"
"""Name under which pytest-xdist registers what only a controller has."""


class Ending:
    """Ends a session of one or several processes as a user wants who presses Ctrl-C."""

    def __init__(self, config: pytest.Config, *, is_worker: bool) -> None:
        self._config = config
        self._is_worker = is_worker
        self._session: pytest.Session | None = None
        self._workers: dict[str, int] = {}
        self._terminal: int | None = None
        self.begun = False
        """Whether signals are watched for."""
        self.interrupts = Interrupts(self._leave)
        """The signals of this process."""

    def begin(self, session: pytest.Session | None, terminal: int | None) -> None:
        """Begin to watch for signals, in a process that may compute cells or wait for them.

        ``terminal`` is a descriptor to write to; ``session`` is wanted in a worker.
        """
        if self.begun:
            return
        self.begun = True
        role = self._role()
        self._session = session
        self._terminal = terminal
        self.interrupts.on_first(self._announce)
        if role is Role.CONTROLLER:
            self.interrupts.on_first(self._signal_workers)
            self.interrupts.hold()
        self.interrupts.install(role)

    def add_worker(self, node: Any) -> None:
        """Know a worker of xdist, which computes cells from now on."""
        pid = worker_pid(node)
        if pid is not None:
            self._workers[node.gateway.id] = pid

    def drop_worker(self, node: Any) -> None:
        """Forget a worker that has ended."""
        self._workers.pop(node.gateway.id, None)

    def _announce(self, number: signal.Signals) -> None:
        if self._terminal is None:
            return
        again = "; press Ctrl-C again to end at once" if number == signal.SIGINT else ""
        text = (
            f"\nharness: {_name(number)}: what runs is stopped, and what was paid for is written "
            f"down{again}\n"
        )
        with contextlib.suppress(OSError):  # a terminal that has gone has nobody to tell
            os.write(self._terminal, text.encode())

    def _signal_workers(self, number: signal.Signals) -> None:
        for pid in self._workers.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _leave(self, number: signal.Signals) -> NoReturn:
        sentence = f"ended by {_name(number)}; continue with --harness-resume"
        match self.interrupts.role:
            case Role.WORKER:
                # With these two xdist takes the worker's end for an orderly one.
                if self._session is not None:
                    self._session.shouldstop = sentence
                raise pytest.exit.Exception(sentence, returncode=pytest.ExitCode.TESTS_FAILED)
            case Role.CONTROLLER:
                self._signal_workers(signal.SIGKILL)
        raise pytest.exit.Exception(sentence)

    def _role(self) -> Role:
        if self._is_worker:
            return Role.WORKER
        if self._config.pluginmanager.hasplugin(CONTROLLER):
            return Role.CONTROLLER
        return Role.ALONE


def _name(number: signal.Signals) -> str:
    return "Ctrl-C" if number == signal.SIGINT else number.name
