"""Which model Pi is asked for, and with what it is reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_harness.backends import credentials
from pytest_harness.backends.adapter import Access, Room, Setup
from pytest_harness.backends.base import Missing
from pytest_harness.backends.options import ApiFormat
from pytest_harness.backends.vendors import KEYS
from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import Lack

OWN = "custom"
"""How the vendor at ``base_url`` is called where nobody names one."""
NO_KEY = "none"
"""Key for an endpoint without one: Pi hides models whose vendor has none."""

APIS: Mapping[ApiFormat, str] = {
    ApiFormat.CHAT: "openai-completions",
    ApiFormat.RESPONSES: "openai-responses",
    ApiFormat.MESSAGES: "anthropic-messages",
    ApiFormat.GEMINI: "google-generative-ai",
}
"""Pi's names of the protocols."""

VENDORS: Mapping[str, tuple[str, ...]] = {
    **KEYS,
    "anthropic": (*KEYS["anthropic"], "ANTHROPIC_OAUTH_TOKEN"),
    "baseten": ("BASETEN_API_KEY",),
    "fireworks": ("FIREWORKS_API_KEY",),
    "github-copilot": ("COPILOT_GITHUB_TOKEN",),
    "google-vertex": ("GOOGLE_CLOUD_API_KEY",),
    "huggingface": ("HF_TOKEN",),
    "kimi-coding": ("KIMI_API_KEY",),
    "minimax": ("MINIMAX_API_KEY",),
    "moonshotai": ("MOONSHOT_API_KEY",),
    "nvidia": ("NVIDIA_API_KEY",),
    "together": ("TOGETHER_API_KEY",),
    "vercel-ai-gateway": ("AI_GATEWAY_API_KEY",),
    "zai": ("ZAI_API_KEY",),
}
"""Variables with the key of each vendor, by Pi's name for it."""

_MAPPED = ("xhigh", "max")
"""Levels of thinking that a model has only if it says how they are called."""
_WITHOUT_MAPPED = (ApiFormat.MESSAGES, ApiFormat.GEMINI)


def vendor(setup: Setup) -> str | None:
    """Return whose model it is, if that is said."""
    options = setup.options
    if options.sub_provider is not None:
        return options.sub_provider
    if options.base_url is not None:
        return OWN
    before, slash, _ = (setup.model or "").partition("/")
    return before if slash and before in VENDORS else None


def check(setup: Setup) -> None:
    """Raise `ConfigurationError` for what does not go together."""
    options = setup.options
    if options.api_format is not None and options.base_url is None:
        raise ConfigurationError("api_format belongs to a base_url; name that too or leave it out")
    if options.env_key is not None and vendor(setup) is None:
        raise ConfigurationError(
            "env_key does not say whose key it is; name a base_url or a sub_provider"
        )
    if options.effort in _MAPPED and options.api_format in _WITHOUT_MAPPED:
        raise ConfigurationError(
            f"effort is {options.effort!r}, which Pi does not tell an endpoint that speaks "
            f"{options.api_format}; give high or less"
        )
    if options.sub_provider is not None and not options.sub_provider.strip("/ "):
        raise ConfigurationError(
            f"sub_provider {options.sub_provider!r} is no name; give one like openai"
        )


def access(setup: Setup, environment: Mapping[str, str]) -> Access:
    """Say with what the model is reached: a key, or the user's login."""
    options = setup.options
    if options.base_url is not None and setup.model is None:
        what = f"no model is named for {options.base_url}"
        return Access(
            missing=Missing(what, "name it in the backend's model, as the endpoint calls it"),
            lacks=Lack.MODEL,
        )
    chosen = credentials.named(setup, environment)
    if chosen is not None:
        return chosen
    whose = vendor(setup)
    asked = VENDORS if whose is None else {whose: VENDORS.get(whose, ())}
    names = tuple(
        found for each in asked.values() if (found := credentials.first_set(each, environment))
    )
    if names:
        return Access(names=names)
    own = user_directory(environment)
    login = credentials.login_file(own, "auth.json")
    if login is not None and (whose is None or whose in _keys_of(login)):
        return Access(login=login)
    if whose is not None and whose not in VENDORS:
        described = _keys_of(own / "models.json", "providers") if own is not None else ()
        if whose in described:
            return Access(
                notes=(f"{whose} is known to your own Pi alone: choose the runtime host",)
            )
        if setup.env:
            return Access(notes=(f"whether {whose} has a key is not known",))
    first = next(iter(asked[whose] if whose else KEYS["anthropic"]), None)
    remedy = f"set a key: export {first}=..." if first else "name its variables in env"
    what = f"there is neither a key nor a login of Pi for {whose or 'any vendor'}"
    return Access(missing=Missing(what, f"{remedy}, or run pi and type /login"))


def user_directory(environment: Mapping[str, str]) -> Path | None:
    """Return the directory with the user's own settings of Pi."""
    return credentials.user_directory(environment, "PI_CODING_AGENT_DIR", ".pi/agent")


def _keys_of(file: Path, *below: str) -> frozenset[str]:
    """Return the names in a file of the user's; none if it cannot be read."""
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    for name in below:
        document = document.get(name) if isinstance(document, dict) else None
    return frozenset(document) if isinstance(document, dict) else frozenset()


def models(setup: Setup) -> dict[str, Any] | None:
    """Return the content of ``models.json``; ``None`` where the vendor is one that Pi knows."""
    options = setup.options
    if options.base_url is None:
        return None
    whose = vendor(setup) or OWN
    provider: dict[str, Any] = {"baseUrl": options.base_url}
    if options.env_key is None:
        provider["apiKey"] = NO_KEY
    if whose not in VENDORS or options.api_format is not None:
        model: dict[str, Any] = {"id": setup.model}
        if options.effort not in {None, "off"}:
            model["reasoning"] = True
            model["thinkingLevelMap"] = {level: level for level in _MAPPED}
        provider["api"] = APIS[options.api_format or ApiFormat.CHAT]
        provider["models"] = [model]
    return {"providers": {whose: provider}}


def keys(room: Room) -> dict[str, Any]:
    """Return the content of ``auth.json``: the key of each vendor."""
    whose = vendor(room.setup)
    stored: dict[str, Any] = {}
    for name, key in room.keys.items():
        of_key = next((each for each, names in VENDORS.items() if name in names), None)
        owner = whose or of_key
        if owner is not None:
            stored[owner] = {"type": "api_key", "key": literal(key)}
    return stored


def literal(value: str) -> str:
    """Return a value so that Pi takes it as it is: it would run commands and fill in variables."""
    escaped = value.replace("$", "$$")
    return f"${escaped}" if escaped.startswith("!") else escaped
