"""The settings of the Codex backend."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from pytest_harness.errors import ConfigurationError

E = TypeVar("E", bound=enum.StrEnum)


class Sandbox(enum.StrEnum):
    """What Codex lets its own tools do; its fence, not one of ours."""

    READ_ONLY = "read-only"
    WORKSPACE_WRITE = "workspace-write"
    DANGER_FULL_ACCESS = "danger-full-access"


class LocalProvider(enum.StrEnum):
    """Which server of local models is asked."""

    OLLAMA = "ollama"
    LMSTUDIO = "lmstudio"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexOptions:
    """All settings of Codex beside model, runtime and time limit.

    Raises `ConfigurationError` for settings that contradict each other.
    """

    oss: bool = False
    """Use a local model."""
    local_provider: LocalProvider = LocalProvider.OLLAMA
    """Whose, if ``oss``."""
    base_url: str | None = None
    """An endpoint of the Responses protocol, ending in ``/v1``; with ``oss`` the local server's.
    ``None`` is OpenAI, or the local server's usual address."""
    env_key: str | None = None
    """Name of the variable with the key for ``base_url``; ``None`` sends none."""
    sandbox: Sandbox | None = None
    """What its tools may do; ``None`` lets them write to the workspace only, and leaves that to
    the runtime where that has a fence: Codex's own does not work inside another."""
    network: bool = False
    """Whether commands may use the network under ``workspace-write``."""
    retries: int = 1
    """How often a failed request and a broken stream are tried again, for a ``base_url``."""
    extra_args: tuple[str, ...] = ()
    """Further arguments for ``codex exec``."""

    def __post_init__(self) -> None:
        if self.env_key is not None and (self.base_url is None or self.oss):
            raise ConfigurationError(
                "env_key belongs to base_url; give base_url as well, without oss, or leave it out"
            )
        if self.env_key is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.env_key):
            # The value is not shown: it may be a key in the wrong place.
            raise ConfigurationError(
                "env_key is no name of a variable; give the name, not the key itself"
            )
        if self.base_url is not None and not re.match(r"https?://[^/]", self.base_url):
            raise ConfigurationError(
                f"base_url {self.base_url!r} is no address; give one like http://127.0.0.1:8000/v1"
            )
        if self.retries < 0:
            raise ConfigurationError(f"retries is {self.retries}; give 0 or more")

    @classmethod
    def read(cls, given: Mapping[str, object]) -> CodexOptions:
        """Make options from plain values, as they stand in ``harness.toml``.

        Raises `ConfigurationError` for an unknown key or a value that does not fit.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(given.keys() - known):
            raise ConfigurationError(
                f"{unknown[0]!r} is no option of Codex; known are {', '.join(sorted(known))}"
            )
        return cls(
            oss=_flag(given, "oss", default=False),
            local_provider=_choice(given, "local_provider", LocalProvider.OLLAMA),
            base_url=_text(given, "base_url"),
            env_key=_text(given, "env_key"),
            sandbox=(
                _choice(given, "sandbox", Sandbox.WORKSPACE_WRITE) if "sandbox" in given else None
            ),
            network=_flag(given, "network", default=False),
            retries=_number(given, "retries", default=1),
            extra_args=_texts(given, "extra_args"),
        )

    def settings(self) -> dict[str, str]:
        """Return all settings as text."""
        texts: dict[str, str] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                texts.update({f"{field.name}.{at}": each for at, each in enumerate(value)})
            elif value is not None:
                texts[field.name] = str(value)
        return texts


def _flag(given: Mapping[str, object], key: str, *, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} is {value!r}; give true or false")
    return value


def _number(given: Mapping[str, object], key: str, *, default: int) -> int:
    value = given.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigurationError(f"{key} is {value!r}; give a whole number")
    return value


def _text(given: Mapping[str, object], key: str) -> str | None:
    value = given.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise ConfigurationError(f"{key} is {value!r}; give a text that is not empty")
    return value


def _texts(given: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = given.get(key, ())
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ConfigurationError(f"{key} is {value!r}; give a list of texts")
    return tuple(value)


def _choice(given: Mapping[str, object], key: str, default: E) -> E:
    value = given.get(key, default)
    kind = type(default)
    try:
        return kind(str(value))
    except ValueError:
        known = ", ".join(kind)
        raise ConfigurationError(f"{key} is {value!r}; give one of {known}") from None
