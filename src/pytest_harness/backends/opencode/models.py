"""Which model OpenCode is asked for, and with what it is reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends import credentials
from pytest_harness.backends.adapter import Access, Setup
from pytest_harness.backends.base import Missing
from pytest_harness.backends.options import ApiFormat
from pytest_harness.backends.vendors import KEYS
from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import Lack

OWN = "custom"
"""How the vendor at ``base_url`` is called where nobody names one."""

PACKAGES: Mapping[ApiFormat, str] = {
    ApiFormat.CHAT: "@ai-sdk/openai-compatible",
    ApiFormat.RESPONSES: "@ai-sdk/openai",
    ApiFormat.MESSAGES: "@ai-sdk/anthropic",
    ApiFormat.GEMINI: "@ai-sdk/google",
}
"""The client of each protocol; all of them are part of the program."""

VENDORS: Mapping[str, tuple[str, ...]] = {
    **KEYS,
    "google": ("GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "togetherai": ("TOGETHER_API_KEY",),
}
"""Variables with the key of each vendor, by OpenCode's name for it, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model as OpenCode names it."""

    vendor: str
    """OpenCode calls it the provider."""
    model: str
    """The vendor's name for the model."""

    def __str__(self) -> str:
        return f"{self.vendor}/{self.model}"


def choose(setup: Setup) -> Choice | None:
    """Return the model; ``None`` if none is named, or if its vendor is not.

    At an address of one's own a model is named as it is there, whatever slashes its name has.
    """
    options, model = setup.options, setup.model or ""
    vendor = options.sub_provider or (OWN if options.base_url else "")
    if not vendor:
        vendor, _, model = model.partition("/")
    model = model.removeprefix(f"{vendor}/")
    return Choice(vendor, model) if vendor and model else None


def package(setup: Setup) -> str | None:
    """Return the client for ``base_url``; ``None`` leaves a known vendor its own."""
    options = setup.options
    if options.api_format is not None:
        return PACKAGES[options.api_format]
    if options.base_url is None or options.sub_provider in VENDORS:
        return None
    return PACKAGES[ApiFormat.CHAT]


def check(setup: Setup) -> None:
    """Raise `ConfigurationError` for what does not go together."""
    options = setup.options
    for name in ("env_key", "api_format"):
        if getattr(options, name) is not None and options.base_url is None:
            raise ConfigurationError(f"{name} belongs to a base_url; name that too or leave it out")
    if options.sub_provider is not None and "/" in options.sub_provider:
        raise ConfigurationError(
            f"sub_provider {options.sub_provider!r} holds a slash; give the vendor alone"
        )
    if setup.model is not None and choose(setup) is None:
        raise ConfigurationError(
            f"model {setup.model!r} does not say whose it is; write it like openai/{setup.model}, "
            "or set sub_provider"
        )


def access(setup: Setup, environment: Mapping[str, str]) -> Access:
    """Say with what the model is reached: a key, or the user's login."""
    choice = choose(setup)
    if choice is None:
        what = "no model is named for OpenCode, which has none of its own"
        remedy = 'name one: model = "anthropic/claude-sonnet-4-5"'
        return Access(missing=Missing(what, remedy), lacks=Lack.MODEL)
    chosen = credentials.named(setup, environment)
    if chosen is not None:
        return chosen
    names = VENDORS.get(choice.vendor, ())
    found = credentials.first_set(names, environment)
    if found is not None:
        return Access(names=(found,))
    login = credentials.login_file(data(environment), "opencode/auth.json")
    if login is not None and choice.vendor in _vendors(login):
        return Access(login=login)
    if not names and setup.env:
        return Access(notes=(f"whether {choice.vendor} has a key is not known",))
    remedy = f"set {names[0]}" if names else "name its variables in env"
    what = f"there is neither a key nor a login for {choice.vendor}"
    return Access(missing=Missing(what, f"{remedy}, or run: opencode auth login"))


def data(environment: Mapping[str, str]) -> Path | None:
    """Return the directory below which OpenCode keeps logins and logs of the user."""
    return credentials.user_directory(environment, "XDG_DATA_HOME", ".local/share")


def _vendors(login: Path) -> frozenset[str]:
    """Return the vendors that a file with logins is for; none if it cannot be read."""
    try:
        document = json.loads(login.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(document) if isinstance(document, dict) else frozenset()
