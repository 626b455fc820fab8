"""Noticing that the process that started us has gone."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POLL = 0.25
"""Seconds between two looks."""


def stop_with(parent_pid: int, on_death: Callable[[], object]) -> threading.Thread:
    """Call ``on_death`` once, in a daemon thread, when the parent is no longer ``parent_pid``.

    Returns the thread, which ends after that call.
    """
    thread = threading.Thread(
        target=_watch, args=(parent_pid, on_death), name="pytest-harness-watchdog", daemon=True
    )
    thread.start()
    return thread


def _watch(parent_pid: int, on_death: Callable[[], object]) -> None:
    pause = threading.Event()
    while os.getppid() == parent_pid:
        pause.wait(POLL)
    on_death()
