"""Homes that are seeded or kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.locks import FileLock
from pytest_harness.runtime.profile import HomeSettings, fresh_profile


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    (tmp_path / "seed" / ".tool").mkdir(parents=True)
    (tmp_path / "seed" / ".tool" / "settings").write_text("seeded")
    return tmp_path / "seed"


def test_a_fresh_home_begins_as_its_seed_each_time(tmp_path: Path, seed: Path) -> None:
    for _ in range(2):
        with fresh_profile(tmp_path / "scratch", HomeSettings(seed=seed)) as profile:
            settings = profile.home / ".tool" / "settings"
            assert settings.read_text() == "seeded"
            settings.write_text("changed")
    assert (seed / ".tool" / "settings").read_text() == "seeded"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_kept_home_stays(tmp_path: Path, seed: Path) -> None:
    homes = HomeSettings(home=tmp_path / "homes" / "mine", seed=seed)
    with fresh_profile(tmp_path / "scratch", homes) as profile:
        assert profile.home == (tmp_path / "homes" / "mine").resolve()
        settings = profile.home / ".tool" / "settings"
        assert settings.read_text() == "seeded"
        settings.write_text("changed")
        assert (profile.home / ".config").is_dir()
        assert not profile.config.is_relative_to(profile.home), "credentials are not kept"
        (profile.config / "login").touch()
    with fresh_profile(tmp_path / "scratch", homes) as profile:
        assert settings.read_text() == "changed"
        assert list(profile.config.iterdir()) == []


def test_a_kept_home_has_one_user_at_a_time(tmp_path: Path) -> None:
    homes = HomeSettings(home=tmp_path / "mine")
    entered = threading.Event()

    def second() -> None:
        with fresh_profile(tmp_path / "two", homes):
            entered.set()

    with fresh_profile(tmp_path / "one", homes) as profile:
        lock = FileLock(profile.home.with_name(".mine.lock"))
        assert not lock.exclusive(blocking=False)
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not entered.wait(0.2)
    waiting.join(20)
    assert entered.is_set()


def test_a_seed_that_is_missing_is_said(tmp_path: Path) -> None:
    for homes in (
        HomeSettings(seed=tmp_path / "no"),
        HomeSettings(home=tmp_path / "mine", seed=tmp_path / "no"),
    ):
        with (
            pytest.raises(WorkspaceError, match="is no directory; create it"),
            fresh_profile(tmp_path / "scratch", homes),
        ):
            pass
    assert list((tmp_path / "scratch").iterdir()) == []
    assert not (tmp_path / "mine").exists()
