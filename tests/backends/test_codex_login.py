"""The user's login is lent, and given back when it was refreshed."""

from __future__ import annotations

import json
import os
import stat
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pytest_harness.backends import logins
from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.codex.cli import CODEX_CLI
from pytest_harness.backends.codex.login import find_login, same_account
from pytest_harness.errors import BackendError
from pytest_harness.runtime import FileLock

OLD = {"auth_mode": "chatgpt", "tokens": {"account_id": "me", "access_token": "old" * 10}}
NEW = {"auth_mode": "chatgpt", "tokens": {"account_id": "me", "access_token": "new" * 10}}


@pytest.fixture(autouse=True)
def own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def login(tmp_path: Path) -> Path:
    file = tmp_path / "user" / ".codex" / "auth.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(OLD))
    return file


def lend_login(file: Path, home: Path) -> AbstractContextManager[tuple[str, ...]]:
    return logins.lend(file, home / "auth.json", "codex", same_account)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def test_key_is_preferred_in_order() -> None:
    setup = Setup(id="codex")
    both = {"OPENAI_API_KEY": "a", "CODEX_API_KEY": "b"}
    assert CODEX_CLI.access(setup, both).names == ("CODEX_API_KEY",)
    empty = {"OPENAI_API_KEY": "a", "CODEX_API_KEY": ""}
    assert CODEX_CLI.access(setup, empty).names == ("OPENAI_API_KEY",)
    assert CODEX_CLI.access(setup, {}).missing is not None


def test_login_is_found_where_codex_keeps_it(login: Path) -> None:
    user = login.parent.parent
    assert find_login({"HOME": str(user)}) == login
    assert find_login({"HOME": "/nowhere", "CODEX_HOME": str(login.parent)}) == login
    assert find_login({"HOME": "/nowhere"}) is None
    assert find_login({}) is None


def test_lent_login_is_private_and_its_tokens_are_known(login: Path, home: Path) -> None:
    with lend_login(login, home) as lent:
        copy = home / "auth.json"
        assert json.loads(copy.read_text()) == OLD
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert lent == ("old" * 10,)


def test_refreshed_login_is_given_back(login: Path, home: Path) -> None:
    with lend_login(login, home):
        (home / "auth.json").write_text(json.dumps(NEW))
    assert json.loads(login.read_text()) == NEW
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert [path.name for path in login.parent.iterdir()] == ["auth.json"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "{",
        json.dumps(NEW | {"auth_mode": "apikey"}),
        json.dumps({"tokens": NEW["tokens"]}),
        json.dumps(NEW | {"tokens": {"account_id": "other", "access_token": "x"}}),
        json.dumps(NEW | {"tokens": None}),
        "[" * 100_000,
        " " * (2 << 20) + json.dumps(NEW),
    ],
)
def test_what_is_no_refresh_is_not_given_back(login: Path, home: Path, written: str) -> None:
    with lend_login(login, home):
        (home / "auth.json").write_text(written)
    assert json.loads(login.read_text()) == OLD


def test_pipe_in_place_of_the_login_keeps_nobody_waiting(login: Path, home: Path) -> None:
    with lend_login(login, home):
        (home / "auth.json").unlink()
        os.mkfifo(home / "auth.json")
    assert json.loads(login.read_text()) == OLD


def test_login_that_is_removed_meanwhile_stays_removed(login: Path, home: Path) -> None:
    with lend_login(login, home):
        (home / "auth.json").write_text(json.dumps(NEW))
        login.unlink()
    assert not login.exists()


def test_login_that_is_gone_is_told(login: Path, home: Path) -> None:
    login.unlink()
    with pytest.raises(BackendError, match=r"auth\.json is gone; log in"), lend_login(login, home):
        pass


def test_users_newer_login_wins(login: Path, home: Path) -> None:
    newest = OLD | {"last_refresh": "now"}
    with lend_login(login, home):
        (home / "auth.json").write_text(json.dumps(NEW))
        login.write_text(json.dumps(newest))
    assert json.loads(login.read_text()) == newest


def test_refresh_is_given_back_even_if_the_run_breaks(login: Path, home: Path) -> None:
    def run() -> None:
        with lend_login(login, home):
            (home / "auth.json").write_text(json.dumps(NEW))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert json.loads(login.read_text()) == NEW


def test_one_run_holds_it_at_a_time(login: Path, home: Path, tmp_path: Path) -> None:
    with lend_login(login, home):
        [held] = (tmp_path / "pytest-harness" / "logins").iterdir()
        assert not FileLock(held).exclusive(blocking=False)
    free = FileLock(held)
    assert free.exclusive(blocking=False)
    free.release()
