"""How many tokens a turn needed, as far as programs tell."""

from __future__ import annotations

from pytest_harness.backends.json_lines import Json, count, rest, table
from pytest_harness.records import Usage


def usage_of(result: Json) -> Usage | None:
    """Read the answer to a prompt; ``None`` where it tells no tokens.

    Whether cached tokens are part of the input is seen from the total.
    """
    told = table(result.get("usage"))
    given, output = count(told.get("inputTokens")), count(told.get("outputTokens"))
    if given is None and output is None:
        return None
    cached, written = count(told.get("cachedReadTokens")), count(told.get("cachedWriteTokens"))
    thought = count(told.get("thoughtTokens"))
    total = count(told.get("totalTokens"))
    apart = (cached or 0) + (written or 0)
    whole = (given or 0) + (output or 0)
    included = total is None or total < whole + apart
    # The same holds of reasoning, which is part of the output where the total has no room for it.
    room = (total or 0) - whole - (0 if included else apart)
    return Usage(
        input=rest(given, cached, written) if included else given,
        cached_input=cached,
        cache_write=written,
        output=rest(output, thought) if room < (thought or 0) else output,
        reasoning=thought,
    )
