"""The credentials of Gemini CLI: a key, or the user's login."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from pathlib import Path

from pytest_harness.backends.adapter import Access, Setup
from pytest_harness.backends.base import Missing

KEY = "GEMINI_API_KEY"
"""Variable with a key for the Gemini API; the program reads it under this name alone."""
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
    options = setup.options
    if options.env_key is not None:
        if environment.get(options.env_key):
            return Access(names=(options.env_key,), notes=notes)
        what = f"the variable {options.env_key} is not set"
        return Access(missing=Missing(what, f"set it: export {options.env_key}=..."), notes=notes)
    if options.base_url is not None:
        return Access(notes=notes)
    for name in (KEY, VERTEX_KEY):
        if environment.get(name):
            return Access(names=(name,), notes=notes)
    login = _login(environment)
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


def _login(environment: Mapping[str, str]) -> Path | None:
    """Return the file with the user's login."""
    home = environment.get("GEMINI_CLI_HOME") or environment.get("HOME")
    if not home:
        return None
    file = Path(home) / ".gemini" / "oauth_creds.json"
    return file.resolve() if file.is_file() else None
