"""Caches of programs that all candidates share."""

from __future__ import annotations

import concurrent.futures
import stat
from pathlib import Path

import pytest

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.caches import shared_cache


def fill(cache: Path) -> None:
    (cache / "below").mkdir()
    (cache / "below" / "file").write_text("large")
    (cache / "link").symlink_to("below/file")


def test_it_is_filled_once_and_read_only(tmp_path: Path) -> None:
    filled: list[Path] = []

    def once(cache: Path) -> None:
        filled.append(cache)
        fill(cache)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: shared_cache("x", "1/2", once, tmp_path), range(8)))
    assert len(filled) == 1
    assert made == {tmp_path / "x-1_2"}
    [cache] = made
    assert (cache / "link").read_text() == "large"
    for path in (cache, cache / "below", cache / "below" / "file"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o222
    assert shared_cache("x", "2", fill, tmp_path) != cache


def test_half_a_cache_is_never_seen(tmp_path: Path) -> None:
    def broken(cache: Path) -> None:
        (cache / "half").touch()
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very one
        shared_cache("x", "1", broken, tmp_path)
    assert not (shared_cache("x", "1", fill, tmp_path) / "half").exists()


def test_no_room_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="make room for it"):
        shared_cache("x", "1", fill, tmp_path / "file" / "below")
