"""What a plain model wanted and was not done."""

from __future__ import annotations

from collections.abc import Callable

from pytest_harness.records import Rejection
from pytest_harness.vocabulary import RejectedBy

KEPT = 200
"""Rejections that are kept."""
REASON = 400
"""Characters of a reason that are kept."""
RULE = 300
"""Characters of a rule that are kept."""


class Rejections:
    """Collects them as they come."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        """Take what takes secrets out of a text."""
        self.calls = 0
        """How many calls were not executed."""
        self._hide = hide
        self._kept: list[Rejection] = []

    @property
    def kept(self) -> tuple[Rejection, ...]:
        """The first of them, in order."""
        return tuple(self._kept)

    def add(self, turn: int, by: RejectedBy, rule: str, reason: str, calls: int) -> None:
        """Note one that kept so many ``calls`` from being executed."""
        self.calls += calls
        if len(self._kept) < KEPT:
            rejection = Rejection(
                turn=turn,
                by=by,
                rule=self._hide(rule)[:RULE],
                reason=self._hide(reason)[:REASON],
            )
            self._kept.append(rejection)

    def recover(self, tool: str) -> None:
        """Hear that a call of ``tool`` did what it was asked."""
        for at, each in enumerate(self._kept):
            if not each.by.of_call or each.rule in {"", tool}:
                self._kept[at] = each.model_copy(update={"recovered": True})
