"""The tokens of a session: in the file that the program is told to write, or in its own log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_harness.backends.json_lines import Json, count, document, rest, table
from pytest_harness.backends.leftovers import open_plain
from pytest_harness.records import Usage

_AT_ONCE = 8 << 20
"""Bytes of a file or a line that are read."""


def usage_of_run(told: Path, home: Path | None) -> Usage | None:
    """Return the tokens of a run: as the program ``told`` at its end, else as its log has them.

    ``home`` is the program's, if no other session can be in it.
    """
    metrics = table(table(_document(told)).get("modelMetrics"))
    counted = _sum(table(table(each).get("usage")) for each in metrics.values())
    if counted is not None or home is None:
        return counted
    logs = sorted((home / "session-state").glob("*/events.jsonl"))
    return _sum(record for each in logs[:10] for record in _records(each))


def tokens(record: Mapping[str, Any]) -> Usage | None:
    """Return the tokens of one record; its inputs and outputs are totals."""
    total, output = count(record.get("inputTokens")), count(record.get("outputTokens"))
    if total is None and output is None:
        return None
    read, written = count(record.get("cacheReadTokens")), count(record.get("cacheWriteTokens"))
    thought = count(record.get("reasoningTokens"))
    return Usage(
        input=rest(total, read, written),
        cached_input=read,
        cache_write=written,
        output=rest(output, thought),
        reasoning=thought,
    )


def _sum(records: Iterable[Mapping[str, Any]]) -> Usage | None:
    """Add up records."""
    total: Usage | None = None
    for each in records:
        found = tokens(each)
        if found is not None:
            total = found if total is None else total + found
    return total


def _records(log: Path) -> Iterable[Json]:
    """Yield what a log says of each request."""
    file = open_plain(log)
    if file is None:
        return
    with file:
        while line := file.readline(_AT_ONCE):
            if b'"session.usage_record"' in line[:60]:
                yield table(table(table(document(line)).get("data")).get("usage"))


def _document(path: Path) -> Json | None:
    file = open_plain(path)
    if file is None:
        return None
    with file:
        return document(file.read(_AT_ONCE))
