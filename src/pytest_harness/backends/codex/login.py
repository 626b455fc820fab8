"""The credentials of Codex: a key, or the user's login."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_harness.backends import credentials

KEYS = ("CODEX_API_KEY", "OPENAI_API_KEY")
"""Variables that may hold a key for OpenAI, the preferred one first."""
FILE = "auth.json"
"""Name of the file with a login in Codex's home."""


def find_login(environment: Mapping[str, str]) -> Path | None:
    """Return the file with the user's login."""
    return credentials.login_file(home(environment), FILE)


def home(environment: Mapping[str, str]) -> Path | None:
    """Return the user's own home of Codex."""
    return credentials.user_directory(environment, "CODEX_HOME", ".codex")


def same_account(old: object, new: object) -> bool:
    """Tell whether a changed login is a refreshed one and not something that an agent wrote."""
    if not isinstance(old, dict) or not isinstance(new, dict):
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
