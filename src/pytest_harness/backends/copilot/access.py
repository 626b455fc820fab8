"""With what Copilot CLI reaches its model: an endpoint of the user's, or GitHub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_harness.backends import credentials
from pytest_harness.backends.adapter import Access, Setup
from pytest_harness.backends.base import Missing
from pytest_harness.vocabulary import Lack

TOKEN = "COPILOT_GITHUB_TOKEN"  # noqa: S105 - the name of a variable
"""Variable with a token for GitHub; the program does not pass it on to commands."""
TOKENS = (TOKEN, "GH_TOKEN", "GITHUB_TOKEN")
"""Variables in which the program looks for one, in its order."""
_ENDPOINT = frozenset({"api_format", "api_version", "sub_provider"})
_TOKENS = ("authTokens", "copilotTokens", "copilot_tokens")
_USERS = ("loggedInUsers", "lastLoggedInUser", "logged_in_users", "last_logged_in_user")


def find_access(setup: Setup, environment: Mapping[str, str]) -> Access:
    """Say with what the program would reach its model."""
    options = setup.options
    if options.base_url is not None and setup.model is None:
        what = "an endpoint of your own needs a model, and none is named"
        return Access(missing=Missing(what, 'name one: model = "..."'), lacks=Lack.MODEL)
    described = sorted(_ENDPOINT & options.given())
    if options.base_url is None and described:
        what = f"{described[0]} describes an endpoint, and there is none"
        return Access(missing=Missing(what, "give base_url as well, or leave it out"))
    chosen = credentials.named(setup, environment)
    if chosen is not None:
        return chosen
    token = credentials.first_set(TOKENS, environment)
    if token is not None:
        return Access(names=(token,))
    file = credentials.login_file(home(environment), "config.json")
    if file is not None and login(file) is not None:
        return Access(login=file)
    what = f"Copilot CLI has no login for GitHub: none of {', '.join(TOKENS)} is set"
    return Access(missing=Missing(what, f"set a token: export {TOKEN}=$(gh auth token)"))


def home(environment: Mapping[str, str]) -> Path:
    """Return the directory with the user's own settings and sessions of the program."""
    found = credentials.user_directory(environment, "COPILOT_HOME", ".copilot")
    return found or Path("/nonexistent")


def login(file: Path) -> dict[str, Any] | None:
    """Return what a file with settings says of the user's login; ``None`` if it has no token.

    A token that the system's keyring keeps stands nowhere in it.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    try:
        # The program writes comments above the document.
        found = json.loads("\n".join(line for line in lines if not line.lstrip().startswith("//")))
    except ValueError:
        return None
    if not isinstance(found, dict) or not any(found.get(name) for name in _TOKENS):
        return None
    return {name: found[name] for name in (*_TOKENS, *_USERS) if name in found}


def tokens_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tokens in a login."""
    found: list[str] = []
    pending: list[object] = [document[name] for name in _TOKENS if name in document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, str):
            found.append(value)
    return tuple(found)
