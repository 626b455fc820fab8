"""When a proposal is tried again, and how long is waited before."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytest_harness.records import ProposalRecord
from pytest_harness.vocabulary import Fault

RETRIED = frozenset({Fault.TRANSPORT, Fault.RATE_LIMIT})
"""Faults that may be gone the next time."""

LONGEST_OWN = 30.0
"""Seconds of the longest pause that nobody asked for."""
LONGEST_ASKED = 60.0
"""Seconds of the longest pause that a provider is granted."""
_POLL = 0.05
"""Seconds between two looks whether the session is ending."""


def retried(proposal: ProposalRecord, attempts: int, retries: int) -> bool:
    """Tell whether a proposal is tried again that ended after ``attempts`` earlier ones."""
    return proposal.fault in RETRIED and attempts < retries


def pause_before(attempts: int, asked: float | None) -> float:
    """Return seconds to wait after ``attempts`` attempts, from 1: 1, 2, 4, and so on.

    A provider that ``asked`` for more gets it, up to a minute.
    """
    own = min(2.0 ** min(attempts - 1, 10), LONGEST_OWN)
    return max(own, min(asked or 0.0, LONGEST_ASKED))


def wait(seconds: float, ending: Callable[[], bool]) -> bool:
    """Wait, and tell whether it was to the end: a session that is ending cuts it short."""
    end = time.monotonic() + seconds
    while not ending():
        left = end - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, _POLL))
    return False
