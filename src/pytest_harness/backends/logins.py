"""The user's login of a program, lent to one run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from pytest_harness.errors import BackendError
from pytest_harness.runtime.locks import exclusive
from pytest_harness.vocabulary import Fault

LOGIN = "login"
"""How a login is called among the names of credentials."""
LARGEST = 1 << 20
"""Bytes of a login; what is larger is none."""


def same_shape(before: object, after: object) -> bool:
    """Tell whether a changed login is a refreshed one and not something that an agent wrote.

    It has the same keys at every level, and what names an account is unchanged.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(
            before[key] == after[key]
            if any(word in str(key).lower() for word in ("account", "user", "email", "_id"))
            else same_shape(before[key], after[key])
            for key in before
        )
    return type(before) is type(after) or {type(before), type(after)} <= {int, float, type(None)}


@contextlib.contextmanager
def lend(
    file: Path, to: Path, program: str, same: Callable[[object, object], bool] = same_shape
) -> Iterator[tuple[str, ...]]:
    """Copy the login ``file`` of a ``program`` to the file ``to``, and give the tokens in it.

    One run of this user holds it at a time, because a refreshed login makes the older one void.
    If the run refreshed it, the user gets the new one, unless theirs has changed meanwhile or
    ``same`` says that the two documents are not of one account.
    """
    locks = platformdirs.user_state_path("pytest-harness", appauthor=False) / "logins"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(locks / f"{program}-{hashlib.sha256(os.fsencode(file)).hexdigest()[:16]}"):
        before = _bytes_of(file)
        if before is None:
            raise BackendError(
                Fault.UNAVAILABLE, f"the login in {file} is gone; log in again, or name a key"
            )
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        to.touch(mode=0o600)
        to.write_bytes(before)
        try:
            yield _tokens(before)
        finally:
            _take_back(to, file, before, same)


def _take_back(
    lent: Path, file: Path, before: bytes, same: Callable[[object, object], bool]
) -> None:
    """Give the user a refreshed login."""
    after = _bytes_of(lent)
    if after is None or after == before or _bytes_of(file) != before:
        return
    old, new = _read(before), _read(after)
    if old is None or new is None or not same(old, new):
        return
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".login-", delete=False) as made:
        made.write(after)
        made.flush()
        os.fsync(made.fileno())
    Path(made.name).replace(file)


def _bytes_of(file: Path) -> bytes | None:
    """Return what a login holds; ``None`` where an agent, or the user, left something else."""
    try:
        number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(number, "rb") as opened:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return None
        data = opened.read(LARGEST + 1)
    return data if len(data) <= LARGEST else None


def _read(data: bytes) -> dict[str, object] | None:
    """Read a login."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _tokens(data: bytes) -> tuple[str, ...]:
    """Return all texts of a login that are long enough to be a token."""
    found: list[str] = []
    pending: list[object] = [_read(data)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and len(value) >= 20:
            found.append(value)
    return tuple(found)
