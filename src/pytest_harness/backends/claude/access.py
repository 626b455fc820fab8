"""With what Claude Code reaches its model."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_harness.backends import credentials
from pytest_harness.backends.adapter import Access, Setup
from pytest_harness.backends.base import Missing

KEY = "ANTHROPIC_API_KEY"
"""Variable with a key."""
TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - a name
"""Variable with a bearer token, mostly for a gateway."""
OAUTH = "CLAUDE_CODE_OAUTH_TOKEN"
"""Variable with the token of a subscription, as ``claude setup-token`` makes it."""
BASE_URL = "ANTHROPIC_BASE_URL"
"""Variable with the address of an endpoint."""
CREDENTIALS = (TOKEN, KEY, OAUTH)
"""Variables with credentials, in the order in which Claude Code prefers them."""
CLOUDS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
"""Variables that make it ask a cloud, which has credentials of its own."""
LOGIN = ".credentials.json"
"""File with the user's login."""


def access(setup: Setup, environment: Mapping[str, str]) -> Access:
    """Say with what Claude Code would reach its model. Spends nothing."""
    chosen = credentials.named(setup, environment)
    if chosen is not None:
        return chosen
    if cloud := next((name for name in CLOUDS if name in setup.env and environment.get(name)), ""):
        return Access(notes=(f"{cloud} is set: the credentials of that cloud are used",))
    notes: tuple[str, ...] = ()
    if environment.get(BASE_URL) and BASE_URL not in setup.env:
        notes = (f'{BASE_URL} is set and not used outside the user\'s home; add it to "env"',)
    found = credentials.first_set(CREDENTIALS, environment)
    if found is not None:
        return Access(names=(found,), notes=notes)
    home = credentials.user_directory(environment, "CLAUDE_CONFIG_DIR", ".claude")
    login = credentials.login_file(home, LOGIN)
    if login is not None:
        return Access(login=login, notes=notes)
    return Access(
        missing=Missing(
            "there is neither a key for Anthropic nor a login of Claude Code",
            f"set a key: export {KEY}=..., or log in: claude auth login",
        ),
        notes=notes,
    )
