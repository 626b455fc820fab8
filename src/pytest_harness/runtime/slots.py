"""A limit on how many of something run at once, per user and machine."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator

_POLL = 0.05
"""Seconds between two looks for a free slot."""


@contextlib.contextmanager
def slot(name: str, limit: int, directory: Path | None = None) -> Iterator[int]:
    """Wait for one of ``limit`` slots of ``name`` and hold it; yields its number from 0.

    All processes of the user on this machine share the slots, whatever run they belong to; the
    kernel frees the slot of a process that dies. ``directory`` holds the lock files and is the
    user's state directory unless given. Raises `ConfigurationError` when ``limit`` is below 1 or
    the directory cannot be used.
    """
    if limit < 1:
        msg = f"max_concurrency of {name!r} is {limit}; give 1 or more."
        raise ConfigurationError(msg)
    if directory is None:
        directory = platformdirs.user_state_path("pytest-harness", appauthor=False) / "slots"
    clean = re.sub(r"[^A-Za-z0-9._-]", lambda found: f"%{ord(found[0]):x}", name)
    locks = [FileLock(directory / f"{clean}.{number}") for number in range(limit)]
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = _first_free(locks)
    except OSError as error:
        msg = f"Slots cannot be kept in {directory}: {error.strerror}; make it writable."
        raise ConfigurationError(msg) from error
    try:
        yield taken
    finally:
        locks[taken].release()


def _first_free(locks: list[FileLock]) -> int:
    while True:
        for number, lock in enumerate(locks):
            if lock.exclusive(blocking=False):
                return number
        time.sleep(_POLL)
