"""``harness.toml``: backends beyond the built-in names, validated whole.

Read with the standard library alone, because the file is checked before anything is collected.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from pytest_harness.errors import ConfigurationError
from pytest_harness.vocabulary import RuntimeMode

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendConfig:
    """One ``[backends.NAME]`` table."""

    id: str
    """The backend's id."""
    provider: str
    """Its adapter."""
    model: str | None = None
    """The model it asks for unless the command line names one."""
    command: tuple[str, ...] = ()
    """Program and arguments in place of the provider's own."""
    timeout: float | None = None
    """Seconds for one proposal."""
    max_concurrency: int | None = None
    """Proposals at once, per user and machine."""
    env: tuple[str, ...] = ()
    """Names of variables that are let through."""
    runtime: RuntimeMode | None = None
    """Where it runs."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Keys that the provider declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessConfig:
    """The whole file."""

    path: Path | None = None
    """Where it was read from; ``None`` if there is none."""
    backends: Mapping[str, BackendConfig] = field(default_factory=dict)
    """By id."""
    model_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds for one proposal, by model."""
    default_backend: str | None = None
    """The backend where none is given."""


def read_config(
    path: Path, providers: Mapping[str, Sequence[str]], environ: Mapping[str, str]
) -> HarnessConfig:
    """Read and check the file; ``providers`` gives the option names of each known provider.

    Raises `ConfigurationError` naming the file, the key, and what is expected.
    """
    return _Reader(path, providers, environ).read()


class _Reader:
    """Reads one file."""

    def __init__(
        self, path: Path, providers: Mapping[str, Sequence[str]], environ: Mapping[str, str]
    ) -> None:
        self.path = path
        self.providers = providers
        self.environ = environ

    def read(self) -> HarnessConfig:
        try:
            document = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            self.wrong(f"it cannot be read: {error.strerror}")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.wrong(f"it is no TOML: {error}")
        self.known("the file", document, ("backends", "models", "defaults", "graders"))
        backends = {
            name: self.backend(name, self.table(f"backends.{name}", table))
            for name, table in self.table("backends", document.get("backends", {})).items()
        }
        models = self.table("models", document.get("models", {}))
        timeouts: dict[str, float] = {}
        for name, table in models.items():
            where = f"models.{name}"
            self.known(where, self.table(where, table), ("timeout",))
            if "timeout" in table:
                timeouts[name] = self.seconds(f"{where}.timeout", table["timeout"])
        defaults = self.table("defaults", document.get("defaults", {}))
        self.known("defaults", defaults, ("backend", "grader"))
        graders = self.table("graders", document.get("graders", {}))
        for name, table in graders.items():
            self.known(f"graders.{name}", self.table(f"graders.{name}", table), ("model",))
            self.text(f"graders.{name}.model", table.get("model", ""))
        grader = defaults.get("grader")
        if grader is not None and grader not in graders:
            self.wrong(f"defaults.grader: there is no [graders.{grader}]; declare it")
        default = defaults.get("backend")
        return HarnessConfig(
            path=self.path,
            backends=backends,
            model_timeouts=timeouts,
            default_backend=None if default is None else self.text("defaults.backend", default),
        )

    def backend(self, name: str, table: Mapping[str, Any]) -> BackendConfig:
        where = f"backends.{name}"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            self.wrong(f"{where}: use letters, digits and ._- for a backend's name")
        if "provider" not in table:
            self.wrong(f"{where} has no provider; name one of {', '.join(self.providers)}")
        provider = self.text(f"{where}.provider", table["provider"])
        if provider not in self.providers:
            self.wrong(f"{where}.provider: {provider!r} is unknown; {self.hint(provider)}")
        own = self.providers[provider]
        common = (
            "provider", "model", "command", "timeout", "max_concurrency", "env", "runtime"
        )  # fmt: skip
        self.known(where, table, (*common, *own))
        runtime = self.table(f"{where}.runtime", table.get("runtime", {}))
        self.known(f"{where}.runtime", runtime, ("mode",))
        return BackendConfig(
            id=name,
            provider=provider,
            model=self.text(f"{where}.model", table["model"]) if "model" in table else None,
            command=self.texts(f"{where}.command", table.get("command", [])),
            timeout=(
                self.seconds(f"{where}.timeout", table["timeout"]) if "timeout" in table else None
            ),
            max_concurrency=(
                self.count(f"{where}.max_concurrency", table["max_concurrency"])
                if "max_concurrency" in table
                else None
            ),
            env=self.texts(f"{where}.env", table.get("env", [])),
            runtime=self.mode(f"{where}.runtime.mode", runtime["mode"]) if runtime else None,
            options={key: self.filled(f"{where}.{key}", table[key]) for key in own if key in table},
        )

    def wrong(self, sentence: str) -> NoReturn:
        raise ConfigurationError(f"{self.path}: {sentence}")

    def hint(self, word: str) -> str:
        near = difflib.get_close_matches(word, self.providers, 1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        return f"{meant}known are {', '.join(self.providers)}"

    def known(self, where: str, table: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(keys)}"
                self.wrong(f"{where} has the unknown key {key!r}; {remedy}")

    def table(self, where: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.wrong(f"{where} is no table; write [{where}]")
        return value

    def filled(self, where: str, value: object) -> object:
        """Fill ``${NAME}`` in text from the environment."""
        if isinstance(value, list):
            return tuple(self.filled(where, each) for each in value)
        if not isinstance(value, str):
            return value

        def replace(match: re.Match[str]) -> str:
            name = match.group(1)
            if not self.environ.get(name):
                self.wrong(f"{where} names the variable {name}, which is empty; set it")
            return self.environ[name]

        return _VARIABLE.sub(replace, value)

    def text(self, where: str, value: object) -> str:
        filled = self.filled(where, value)
        if not isinstance(filled, str) or not filled:
            self.wrong(f"{where} is no text; write it in quotes")
        return filled

    def texts(self, where: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.wrong(f'{where} is no list of texts; write it as ["one", "two"]')
        return tuple(self.text(where, each) for each in value)

    def seconds(self, where: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e7:
            self.wrong(f"{where} is no positive number of seconds")
        return float(value)

    def count(self, where: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.wrong(f"{where} is no number from 1 on")
        return value

    def mode(self, where: str, value: object) -> RuntimeMode:
        text = self.text(where, value)
        if text not in {RuntimeMode.HOST, RuntimeMode.PROFILE}:
            self.wrong(f"{where}: {text!r} is not available in this version; use host or profile")
        return RuntimeMode(text)
