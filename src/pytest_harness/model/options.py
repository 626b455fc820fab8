"""The settings of the backend `model`, as they stand in ``harness.toml``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pytest_harness.errors import ConfigurationError
from pytest_harness.model.conversation import Sampling

COMMANDS = (
    "python",
    "python3",
    "pytest",
    "node",
    "npm",
    "make",
    "ls",
    "cat",
    "head",
    "tail",
    "grep",
    "find",
    "wc",
    "diff",
)
"""Programs that a model may run unless its target or its backend names others."""
ANY = "*"
"""In a list of programs: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """All settings of a plain model beside its selector, format, runtime and time limit."""

    temperature: float | None = None
    """From 0 to 2; ``None`` leaves it to the vendor."""
    max_tokens: int | None = None
    """Most output tokens of one answer; ``None`` leaves it to the vendor."""
    seed: int | None = None
    """For vendors that take one."""
    system_prompt: str | None = None
    """In place of our own first words; the description of a text format is added to either."""
    turns: int = 40
    """Most answers of the model, reviews and repeated requests not counted."""
    budget_tokens: int | None = None
    """Most tokens of a proposal, input and output, its judge's included."""
    budget_usd: float | None = None
    """Most dollars of a proposal, its judge's included."""
    commands: tuple[str, ...] = COMMANDS
    """Programs that it may run, by their names on ``PATH``; ``"*"`` for all."""
    command_timeout: float = 120.0
    """Seconds that one command may take."""
    retries: int = 2
    """How often one request is repeated after an error that may pass."""
    answer: str | None = None
    """Of ``mock:mock``: what it answers at once, whatever it is asked."""

    def __post_init__(self) -> None:
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise ConfigurationError("temperature is no number from 0 to 2")
        for name in ("turns", "budget_tokens", "max_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigurationError(f"{name} is no number from 1 on")
        for name in ("budget_usd", "command_timeout"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name} is no positive number")
        if self.retries < 0:
            raise ConfigurationError("retries is no number from 0 on")

    @classmethod
    def read(cls, given: Mapping[str, object]) -> ModelOptions:
        """Make options from plain values; raises `ConfigurationError` for those that do not fit."""
        values: dict[str, Any] = {}
        for key, value in given.items():
            if key not in _READERS:
                known = ", ".join(_READERS)
                raise ConfigurationError(f"{key!r} is no option of a model; known are {known}")
            values[key] = _READERS[key](key, value)
        return cls(**values)

    @property
    def sampling(self) -> Sampling:
        """How the model is asked."""
        return Sampling(temperature=self.temperature, max_tokens=self.max_tokens, seed=self.seed)

    def settings(self) -> dict[str, str]:
        """All of them as text, for the fingerprint."""
        found: dict[str, str] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                found[field.name] = repr(value)
        return found


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{key} is no number")
    return float(value)


def _whole(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(f"{key} is no whole number")
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{key} is no text; write it in quotes")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ConfigurationError(f'{key} is no list of texts; write it as ["one", "two"]')
    return tuple(value)


_READERS = {
    "temperature": _number,
    "max_tokens": _whole,
    "seed": _whole,
    "system_prompt": _text,
    "turns": _whole,
    "budget_tokens": _whole,
    "budget_usd": _number,
    "commands": _texts,
    "command_timeout": _number,
    "retries": _whole,
    "answer": _text,
}

KEYS = tuple(_READERS)
"""Their names in ``harness.toml``."""
