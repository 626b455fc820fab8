"""When a plain model is stopped: what it may spend, and circles that it does not leave."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pytest_harness.model.conversation import Call
from pytest_harness.model.options import ModelOptions
from pytest_harness.records import Spent

CIRCLES = 5
"""How often the same call may give the same result in a row."""
_SHOWN = 60


def reached(options: ModelOptions, turns: int, spent: Spent) -> str:
    """Say which limit is reached after so many turns; empty if none is.

    ``spent`` counts the reviews as well.
    """
    if turns >= options.turns:
        return f"its limit of {options.turns} turns was reached"
    tokens = (spent.usage.total_input or 0) + (spent.usage.total_output or 0)
    if options.budget_tokens is not None and tokens >= options.budget_tokens:
        return f"its limit of {options.budget_tokens} tokens was reached: it used {tokens}"
    cost = spent.cost_usd or 0.0
    if options.budget_usd is not None and cost >= options.budget_usd:
        return f"its limit of {options.budget_usd:g} dollars was reached: it cost {cost:.4g}"
    return ""


def not_held(options: ModelOptions, spent: Spent, judged: Spent) -> str:
    """Say which limit cannot be held because nobody knows what was spent; empty if all can be.

    ``judged`` is what reviews cost, which is nothing where nobody was asked.
    """
    of_judge = () if judged == Spent() else (("its step judge", judged),)
    for who, each in (("it", spent), *of_judge):
        tokens = each.usage.total_input, each.usage.total_output
        if options.budget_tokens is not None and tokens == (None, None):
            return f"budget_tokens cannot be held: {who} does not tell its tokens; remove the limit"
        if options.budget_usd is not None and each.cost_usd is None:
            return f"budget_usd cannot be held: nobody knows what {who} costs; use budget_tokens"
    return ""


class Circles:
    """Sees what is done again and again with the same result."""

    def __init__(self) -> None:
        self._last: tuple[str, ...] | None = None
        self._times = 0

    def note(self, call: Call, result: str) -> str:
        """Take a call with its result; says what goes round in circles, empty if nothing does."""
        arguments = json.dumps(call.arguments, sort_keys=True, default=str)
        if not self._closed((call.name, arguments, result)):
            return ""
        name = call.name if len(call.name) <= _SHOWN else f"{call.name[:_SHOWN]} ..."
        return f"it called {name} {CIRCLES} times in a row and got the same result each time"

    def note_unread(self, texts: Sequence[str]) -> str:
        """Take a turn whose calls are all rejected; says what goes round in circles, as `note`."""
        if not self._closed(("", *texts)):
            return ""
        return f"it wrote the same calls {CIRCLES} times in a row, and none of them can be accepted"

    def _closed(self, this: tuple[str, ...]) -> bool:
        self._times = self._times + 1 if this == self._last else 1
        self._last = this
        return self._times >= CIRCLES
