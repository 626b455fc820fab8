"""What a program keeps in its home may have been changed by its agent."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pytest_harness.backends.acp import stores
from pytest_harness.backends.acp.stores import OpenCodeStore

ENDLESS = """
create view session as with recursive numbers(n) as (select 1 union all select n + 1 from numbers)
select 'S' as id, 0 as cost, max(n) as tokens_input, 0 as tokens_cache_read,
0 as tokens_cache_write, 0 as tokens_output, 0 as tokens_reasoning from numbers
"""
TABLE = """
create table session (id, cost, tokens_input, tokens_cache_read, tokens_cache_write,
tokens_output, tokens_reasoning); insert into session values ('S', 1, 2, 3, 4, 5, 6)
"""


def store(tmp_path: Path, script: str) -> OpenCodeStore:
    file = tmp_path / "opencode.db"
    with sqlite3.connect(file) as database:
        database.executescript(script)
    return OpenCodeStore(file, "S")


def test_tokens_are_read(tmp_path: Path) -> None:
    spent = store(tmp_path, TABLE).spent()
    assert spent is not None
    assert (spent.cost_usd, spent.usage.total_input, spent.usage.total_output) == (1.0, 9, 11)


def test_answer_that_never_ends_is_not_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MOST_STEPS", 1000)
    assert store(tmp_path, ENDLESS).spent() is None
