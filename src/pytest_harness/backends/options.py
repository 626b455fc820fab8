"""The settings of agents: one name for what means the same in several programs."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pytest_harness.errors import ConfigurationError


class ApiFormat(enum.StrEnum):
    """Which protocol an endpoint speaks."""

    CHAT = "chat"
    """OpenAI's Chat Completions."""
    RESPONSES = "responses"
    """OpenAI's Responses."""
    MESSAGES = "messages"
    """Anthropic's Messages."""
    GEMINI = "gemini"
    """Google's generateContent."""


class Sandbox(enum.StrEnum):
    """What a program lets its own tools do; its fence, not one of ours."""

    READ_ONLY = "read-only"
    WORKSPACE_WRITE = "workspace-write"
    DANGER_FULL_ACCESS = "danger-full-access"


class LocalProvider(enum.StrEnum):
    """Which server of local models is asked."""

    OLLAMA = "ollama"
    LMSTUDIO = "lmstudio"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """All settings of an agent beside its model, command, runtime and time limit.

    ``None`` and what is empty leave the choice to the program. A provider names those that it
    honours; the others are refused where it is configured.
    """

    base_url: str | None = None
    """Address of the model's endpoint, as the program wants it: mostly ending in ``/v1``."""
    env_key: str | None = None
    """Name of the variable with the key for ``base_url``; none sends none."""
    env_token: str | None = None
    """Name of the variable with a bearer token in place of a key."""
    api_format: ApiFormat | None = None
    """Protocol of ``base_url``."""
    api_version: str | None = None
    """Version of the endpoint's interface, where it wants one told."""
    sub_provider: str | None = None
    """Whose model it is, for a program that stands in front of several vendors."""
    oss: bool = False
    """Use a model of this machine."""
    local_provider: LocalProvider = LocalProvider.OLLAMA
    """Whose, if ``oss``."""
    effort: str | None = None
    """How hard the model thinks: reasoning effort, thinking level."""
    verbosity: str | None = None
    """How much the model says."""
    system_prompt: str | None = None
    """In place of the program's own."""
    append_system_prompt: str | None = None
    """After the program's own."""
    agent: str | None = None
    """Name of the program's agent that is to work."""
    variant: str | None = None
    """The program's variant of a model."""
    allowed_tools: tuple[str, ...] = ()
    """Tools that may be used without asking, in the program's own words."""
    denied_tools: tuple[str, ...] = ()
    """Tools that must not be used, in the program's own words."""
    sandbox: Sandbox | None = None
    """What the program's own fence lets its tools do."""
    network: bool = False
    """Whether commands may use the network inside the program's own fence."""
    approval_policy: str | None = None
    """When the program asks for leave, in its own words."""
    bypass_permissions: bool = False
    """Let the program use every tool unasked, wherever it writes."""
    turns: int | None = None
    """Most requests to the model."""
    budget_usd: float | None = None
    """Most dollars, as the program itself counts them."""
    retries: int | None = None
    """How often the program may ask its model again after an error, where it can be told; ``None``
    lets it do so as often as seconds allow."""
    extra_dirs: tuple[str, ...] = ()
    """Absolute paths of further directories that the agent may work on."""
    extra_args: tuple[str, ...] = ()
    """Further arguments for the program."""
    project_settings: bool = False
    """Let settings, hooks and plug-ins in the workspace change the program; instructions such as
    ``AGENTS.md`` are read in any case."""
    log_dir: str | None = None
    """Absolute path of the directory for the program's own log."""
    stream_log: bool = False
    """Follow the program's own log in the events."""
    session: str | None = None
    """The past session that is read: its id, or ``latest``."""
    session_dir: str | None = None
    """Absolute path of the directory with past sessions, or with the one that is read."""
    cwd: str | None = None
    """Working directory, relative to the workspace."""

    def __post_init__(self) -> None:
        for name in ("env_key", "env_token"):
            value = getattr(self, name)
            if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
                # The value is not shown: it may be a key in the wrong place.
                raise ConfigurationError(
                    f"{name} is no name of a variable; give the name, not the key itself"
                )
        if self.base_url is not None and not re.match(r"https?://[^/]", self.base_url):
            raise ConfigurationError(
                f"base_url {self.base_url!r} is no address; give one like http://127.0.0.1:8000/v1"
            )
        if self.env_key is not None and self.env_token is not None:
            raise ConfigurationError("env_key and env_token exclude each other; give one of them")
        if self.cwd is not None and (self.cwd.startswith("/") or ".." in self.cwd.split("/")):
            raise ConfigurationError(
                f"cwd {self.cwd!r} leaves the workspace; give a path relative to it"
            )
        for name in ("extra_dirs", "log_dir", "session_dir"):
            value = getattr(self, name)
            for path in value if isinstance(value, tuple) else (value,):
                if path is not None and not path.startswith("/"):
                    raise ConfigurationError(f"{name} {path!r} is relative; give an absolute path")

    @classmethod
    def read(cls, given: Mapping[str, object]) -> AgentOptions:
        """Make options from plain values, as they stand in ``harness.toml``.

        Raises `ConfigurationError` for an unknown key or a value that does not fit.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(given.keys() - known):
            raise ConfigurationError(
                f"{unknown[0]!r} is no option of agents; known are {', '.join(sorted(known))}"
            )
        values: dict[str, Any] = {
            key: _READERS.get(key, _text)(key, value) for key, value in given.items()
        }
        return cls(**values)

    def given(self) -> frozenset[str]:
        """Return the names of the options that differ from their defaults."""
        return frozenset(
            field.name for field in fields(self) if getattr(self, field.name) != field.default
        )

    def retries_or(self, usual: int) -> int:
        """Return how often a program may ask again, which is ``usual`` unless it was given."""
        return usual if self.retries is None else self.retries

    def settings(self) -> dict[str, str]:
        """Return all options that were given as text, for the fingerprint."""
        texts: dict[str, str] = {}
        for name in sorted(self.given()):
            value = getattr(self, name)
            if isinstance(value, tuple):
                texts.update({f"{name}.{at}": each for at, each in enumerate(value)})
            else:
                texts[name] = str(value)
        return texts


def choice(key: str, value: str | None, known: tuple[str, ...]) -> None:
    """Raise `ConfigurationError` unless ``value`` is none or one of ``known``."""
    if value is not None and value not in known:
        raise ConfigurationError(f"{key} is {value!r}; give one of {', '.join(known)}")


def choices(key: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise `ConfigurationError` for the first of ``values`` that is not one of ``known``."""
    for value in values:
        choice(key, value, known)


def refuse_ours(arguments: tuple[str, ...], ours: Mapping[str, str]) -> None:
    """Raise `ConfigurationError` for further arguments that cannot stand beside ours.

    ``ours`` maps each of those to the option that takes its place, or to nothing.
    """
    for each in arguments:
        name = each.partition("=")[0]
        if name in ours:
            instead = f"use {ours[name]} instead" if ours[name] else "leave it out"
            raise ConfigurationError(f"extra_args has {name}, which is set already; {instead}")


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} is {value!r}; give true or false")
    return value


def _number(least: int) -> Callable[[str, object], int]:
    def read(key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigurationError(f"{key} is {value!r}; give a whole number from {least} on")
        return value

    return read


def _dollars(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise ConfigurationError(f"{key} is {value!r}; give a positive number of dollars")
    return float(value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{key} is {value!r}; give a text that is not empty")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ConfigurationError(f"{key} is {value!r}; give a list of texts")
    return tuple(value)


def _one_of(kind: type[enum.StrEnum]) -> Callable[[str, object], enum.StrEnum]:
    def read(key: str, value: object) -> enum.StrEnum:
        try:
            return kind(str(value))
        except ValueError:
            known = ", ".join(kind)
            raise ConfigurationError(f"{key} is {value!r}; give one of {known}") from None

    return read


_READERS: Mapping[str, Callable[[str, object], object]] = {
    "api_format": _one_of(ApiFormat),
    "sandbox": _one_of(Sandbox),
    "local_provider": _one_of(LocalProvider),
    "oss": _flag,
    "network": _flag,
    "bypass_permissions": _flag,
    "project_settings": _flag,
    "stream_log": _flag,
    "turns": _number(1),
    "retries": _number(0),
    "budget_usd": _dollars,
    "allowed_tools": _texts,
    "denied_tools": _texts,
    "extra_dirs": _texts,
    "extra_args": _texts,
}
