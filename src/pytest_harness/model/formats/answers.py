"""What both formats do with the results of a turn."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_harness.model.conversation import Given
from pytest_harness.model.formats.base import Turn

NOT_EXECUTED = "This call was not executed."
"""What a model is told of a call that has no result."""


def results_of(turn: Turn, results: Sequence[Given]) -> tuple[Given, ...]:
    """Return a result for each call of a turn, in order; `NOT_EXECUTED` where there is none."""
    known = {result.call.id: result for result in results}
    return tuple(
        known.get(call.id) or Given(call=call, text=NOT_EXECUTED, failed=True)
        for call in turn.calls
    )
