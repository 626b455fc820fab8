"""The credentials of Codex: a key, or the user's login."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pytest_harness.runtime.locks import exclusive

KEYS = ("CODEX_API_KEY", "OPENAI_API_KEY")
"""Variables that may hold a key for OpenAI, the preferred one first."""
LOGIN = "login"
"""How a login is called among the names of credentials."""


def find_key(environment: Mapping[str, str]) -> str | None:
    """Return the name of the variable that holds a key for OpenAI."""
    return next((name for name in KEYS if environment.get(name)), None)


def find_login(environment: Mapping[str, str]) -> Path | None:
    """Return the file with the user's login."""
    home = environment.get("CODEX_HOME")
    if not home:
        user = environment.get("HOME")
        if not user:
            return None
        home = f"{user}/.codex"
    file = Path(home) / "auth.json"
    return file.resolve() if file.is_file() else None


@dataclass(frozen=True, slots=True)
class Login:
    """A login that is lent to one run."""

    secrets: tuple[str, ...]
    """The tokens in it."""


@contextlib.contextmanager
def lend_login(file: Path, home: Path) -> Iterator[Login]:
    """Copy the login ``file`` to a program's ``home`` for as long as this is held.

    One run of this user holds it at a time, because a refreshed login makes the older one void.
    If the run refreshed it, the user gets the new one, unless theirs has changed meanwhile.
    """
    locks = platformdirs.user_state_path("pytest-harness", appauthor=False) / "logins"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(locks / f"codex-{hashlib.sha256(os.fsencode(file)).hexdigest()[:16]}"):
        before = file.read_bytes()
        lent = home / "auth.json"
        lent.touch(mode=0o600)
        lent.write_bytes(before)
        try:
            yield Login(_tokens(before))
        finally:
            _take_back(lent, file, before)


def _take_back(lent: Path, file: Path, before: bytes) -> None:
    """Give the user a refreshed login."""
    if not lent.is_file() or lent.is_symlink():
        return
    after = lent.read_bytes()
    if after == before or not _same_account(before, after) or file.read_bytes() != before:
        return
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".auth-", delete=False) as new:
        new.write(after)
        new.flush()
        os.fsync(new.fileno())
    Path(new.name).replace(file)


def _same_account(before: bytes, after: bytes) -> bool:
    """Tell whether a changed login is a refreshed one and not something that an agent wrote."""
    old, new = _read(before), _read(after)
    if old is None or new is None:
        return False
    fixed = old.keys() - {"tokens", "last_refresh"}
    if any(old[key] != new.get(key) for key in fixed):
        return False
    old_tokens, new_tokens = old.get("tokens"), new.get("tokens")
    if not isinstance(old_tokens, dict) or not isinstance(new_tokens, dict):
        return False
    return old_tokens.keys() == new_tokens.keys() and old_tokens.get(
        "account_id"
    ) == new_tokens.get("account_id")


def _read(data: bytes) -> dict[str, object] | None:
    """Read a login."""
    try:
        document = json.loads(data)
    except ValueError:
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
        elif isinstance(value, str) and len(value) >= 20:
            found.append(value)
    return tuple(found)
