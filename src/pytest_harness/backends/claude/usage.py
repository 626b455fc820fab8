"""Counting tokens: as requests go out, and as a result tells in the end."""

from __future__ import annotations

from pytest_harness.backends.json_lines import Json, count, rest, table
from pytest_harness.records import Usage

_REMEMBERED = 64
"""Messages that may be under way at once."""


class UsageSoFar:
    """Adds up what the messages of the model say as they begin.

    Each block of a message repeats what was said at its beginning, where its output is not known.
    """

    def __init__(self) -> None:
        self.total = Usage()
        """Tokens of all messages so far, without their output."""
        self._seen: dict[tuple[str, str], None] = {}

    def asked(self, message: tuple[str, str], usage: Json) -> bool:
        """Take one block; tell whether it is the first of its message.

        ``message`` is its id, and the call by which whoever asks was sent.
        """
        if message in self._seen:
            return False
        if len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[message] = None
        self.total = Usage(
            input=_add(self.total.input, usage.get("input_tokens")),
            cached_input=_add(self.total.cached_input, usage.get("cache_read_input_tokens")),
            cache_write=_add(self.total.cache_write, usage.get("cache_creation_input_tokens")),
        )
        return True


def of_result(result: Json) -> Usage:
    """Return the tokens since the start: those of all models, or else those of the result."""
    models = result.get("modelUsage")
    if not isinstance(models, dict) or not models:
        return _one(table(result.get("usage")))
    total = Usage()
    for each in models.values():
        told = table(each)
        thought = count(told.get("thinkingTokens"))
        total = Usage(
            input=_add(total.input, told.get("inputTokens")),
            cached_input=_add(total.cached_input, told.get("cacheReadInputTokens")),
            cache_write=_add(total.cache_write, told.get("cacheCreationInputTokens")),
            output=_add(total.output, rest(count(told.get("outputTokens")), thought)),
            reasoning=_add(total.reasoning, thought),
        )
    return total


def _one(usage: Json) -> Usage:
    """Read the usage of a result; its output holds the reasoning."""
    thought = count(table(usage.get("output_tokens_details")).get("thinking_tokens"))
    return Usage(
        input=count(usage.get("input_tokens")),
        cached_input=count(usage.get("cache_read_input_tokens")),
        cache_write=count(usage.get("cache_creation_input_tokens")),
        output=rest(count(usage.get("output_tokens")), thought),
        reasoning=thought,
    )


def _add(total: int | None, value: object) -> int | None:
    """Add a number, if it is one."""
    more = count(value)
    return total if more is None else (total or 0) + more
