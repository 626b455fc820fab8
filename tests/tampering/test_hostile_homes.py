"""What a program keeps in its home may have been changed by its agent."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pytest_harness.backends.acp import stores
from pytest_harness.backends.acp.stores import OpenCodeStore
from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.opencode.run import OPENCODE_RUN
from pytest_harness.backends.options import AgentOptions
from tests.backends.rooms import room_of

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


@pytest.mark.parametrize("link", [".local", ".local/share", ".local/share/opencode"])
def test_key_is_not_written_where_a_link_in_a_kept_home_leads(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    options = AgentOptions.read({"base_url": "http://127.0.0.1:9/v1", "env_key": "MY_KEY"})
    setup = Setup(id="oc", model="m", options=options)
    with room_of(tmp_path, OPENCODE_RUN, setup, {"MY_KEY": "sk-homes-0123456789"}) as room:
        assert room.profile is not None
        place = room.profile.home / link
        outside.mkdir()
        if place.exists():
            place.rename(tmp_path / "away")
        place.symlink_to(outside)
        file = room.profile.home / ".local" / "share" / "opencode" / "auth.json"
        with OPENCODE_RUN.launch(room):
            assert "sk-homes" in file.read_text()
            assert not list(outside.rglob("auth.json"))
        assert not file.exists()


def test_login_behind_a_link_is_not_removed(tmp_path: Path) -> None:
    options = AgentOptions.read({"base_url": "http://127.0.0.1:9/v1", "env_key": "MY_KEY"})
    setup = Setup(id="oc", model="m", options=options)
    own = tmp_path / "outside" / "auth.json"
    with room_of(tmp_path, OPENCODE_RUN, setup, {"MY_KEY": "sk-homes-0123456789"}) as room:
        assert room.profile is not None
        with OPENCODE_RUN.launch(room):
            place = room.profile.home / ".local" / "share" / "opencode"
            place.rename(tmp_path / "away")
            own.parent.mkdir()
            own.write_text("the user's")
            place.symlink_to(own.parent)
    assert own.read_text() == "the user's"
