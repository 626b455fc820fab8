"""What a program leaves behind is read without trust, and its log is kept where it is wanted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.copilot.cli import COPILOT_CLI
from pytest_harness.backends.leftovers import keep_log, open_plain
from pytest_harness.backends.options import AgentOptions
from pytest_harness.errors import BackendError
from tests.backends.rooms import room_of

SOURCE = {"PATH": "/bin", "MY_KEY": "key-0123456789-abcdef"}


def setup_of(log_dir: Path | None) -> Setup:
    options: dict[str, object] = {"base_url": "http://127.0.0.1:8000/v1", "env_key": "MY_KEY"}
    if log_dir is not None:
        options["log_dir"] = str(log_dir)
    return Setup(id="copilot", model="m", options=AgentOptions.read(options))


def test_what_took_a_files_place_is_not_read(tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real", tmp_path / "link", tmp_path / "pipe"
    real.write_text("text")
    link.symlink_to(real)
    os.mkfifo(pipe)
    assert [open_plain(each) for each in (link, pipe, tmp_path, tmp_path / "none")] == [None] * 4
    file = open_plain(real)
    assert file is not None
    with file:
        assert file.read() == b"text"


@pytest.mark.parametrize(("start", "kept"), [(0, "old new"), (4, "new"), (99, "old new")])
def test_what_was_added_to_a_log_is_kept(tmp_path: Path, start: int, kept: str) -> None:
    log = tmp_path / "own.log"
    log.write_text("old new")
    with room_of(tmp_path, COPILOT_CLI, setup_of(tmp_path / "logs"), SOURCE) as room:
        keep_log(room, log, start)
        keep_log(room, log, start)
    files = list((tmp_path / "logs").iterdir())
    assert [each.read_text() for each in files] == [kept, kept]


def test_nothing_is_kept_where_no_log_is_wanted_or_there(tmp_path: Path) -> None:
    log = tmp_path / "own.log"
    log.write_text("text")
    with room_of(tmp_path, COPILOT_CLI, setup_of(None), SOURCE) as room:
        keep_log(room, log)
    with room_of(tmp_path, COPILOT_CLI, setup_of(tmp_path / "logs"), SOURCE) as room:
        keep_log(room, tmp_path / "none")
    assert not (tmp_path / "logs").exists()


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    log, taken = tmp_path / "own.log", tmp_path / "taken"
    log.write_text("text")
    taken.write_text("a file")
    made = room_of(tmp_path, COPILOT_CLI, setup_of(taken), SOURCE)
    with made as room, pytest.raises(BackendError, match="name another directory"):
        keep_log(room, log)
