"""The credentials of Gemini CLI: a key, or the user's login."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from pathlib import Path

from pytest_harness.backends import credentials
from pytest_harness.backends.adapter import Access, Setup
from pytest_harness.backends.base import Missing

KEY = "GEMINI_API_KEY"
"""Variable with a key for the Gemini API; the program reads it under this name alone."""
LOGIN = ".gemini/oauth_creds.json"
"""File with the user's login, below the home."""
VERTEX_KEY = "GOOGLE_API_KEY"
"""Variable with a key for Vertex AI."""
_NO_MODEL = (
    "no model is named, so Gemini CLI asks a small model which one to use; "
    "name one in the backend's model"
)


class AuthType(enum.StrEnum):
    """How the program proves who it is, in its own words."""

    KEY = "gemini-api-key"
    VERTEX = "vertex-ai"
    LOGIN = "oauth-personal"


def find_access(setup: Setup, environment: Mapping[str, str]) -> Access:
    """Say with what the program would reach its model."""
    notes = () if setup.model else (_NO_MODEL,)
    chosen = credentials.named(setup, environment)
    if chosen is not None:
        return dataclasses.replace(chosen, notes=notes)
    found = credentials.first_set((KEY, VERTEX_KEY), environment)
    if found is not None:
        return Access(names=(found,), notes=notes)
    login = credentials.login_file(home(environment), LOGIN)
    if login is not None:
        return Access(login=login, notes=notes)
    what = f"Gemini CLI has no key and no login: {KEY} and {VERTEX_KEY} are not set"
    return Access(missing=Missing(what, f"set a key: export {KEY}=..."), notes=notes)


def auth_type(setup: Setup, access: Access) -> AuthType:
    """Return how the program proves who it is."""
    if access.login is not None:
        return AuthType.LOGIN
    if VERTEX_KEY in access.names and setup.options.env_key is None:
        return AuthType.VERTEX
    return AuthType.KEY


def home(environment: Mapping[str, str]) -> Path | None:
    """Return the directory in which the user's own settings and sessions are."""
    return credentials.user_directory(environment, "GEMINI_CLI_HOME", "")
