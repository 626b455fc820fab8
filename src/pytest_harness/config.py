"""``harness.toml``: backends beyond the built-in names, validated whole.

Read with the standard library alone, because the file is checked before anything is collected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_harness.allowance.prices import Price
from pytest_harness.config_models import FORMAT_KEYS, ModelTables, read_models, with_prices
from pytest_harness.config_runtimes import RuntimeTables
from pytest_harness.config_values import Values
from pytest_harness.runtime.settings import RuntimeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendConfig:
    """One ``[backends.NAME]`` table."""

    id: str
    """The backend's id."""
    provider: str
    """Its adapter; one with a colon is a provider of the user's: ``package.module:callable``."""
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
    runtime: RuntimeSettings | None = None
    """Where it runs; ``None`` leaves it to the provider."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Keys that the provider declares; of a provider of the user's, the table ``options``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessConfig:
    """The whole file."""

    path: Path | None = None
    """Where it was read from; ``None`` if there is none."""
    backends: Mapping[str, BackendConfig] = field(default_factory=dict)
    """By id."""
    runtimes: Mapping[str, RuntimeSettings] = field(default_factory=dict)
    """By name: settings that hold wherever a runtime is chosen by that name."""
    model_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds for one proposal, by model."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """What tokens cost, by model."""
    models: ModelTables = field(default_factory=ModelTables)
    """Vendors, aliases, tiers and graders of plain models."""
    default_backend: str | None = None
    """The backend where none is given."""


_TABLES = (
    "backends", "runtimes", "models", "defaults", "graders", "vendors", "aliases", "tiers"
)  # fmt: skip


def is_third_party(provider: str) -> bool:
    """Tell whether a provider's name says where it is to be imported from."""
    return ":" in provider


def read_config(
    path: Path,
    providers: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    runtimes: Collection[str] = (),
) -> HarnessConfig:
    """Read and check the file.

    ``providers`` gives the option names of each known provider, ``runtimes`` the names of other
    plugins' runtimes. Raises `ConfigurationError` naming the file, the key, and what is expected.
    """
    return _Reader(path, providers, environ, runtimes).read()


class _Reader(Values):
    """Reads one file."""

    def __init__(
        self,
        path: Path,
        providers: Mapping[str, Sequence[str]],
        environ: Mapping[str, str],
        runtimes: Collection[str],
    ) -> None:
        super().__init__(path, environ)
        self.providers = providers
        self.runtimes = RuntimeTables(self, runtimes)

    def read(self) -> HarnessConfig:
        try:
            document = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            self.wrong(f"it cannot be read: {error.strerror}")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.wrong(f"it is no TOML: {error}")
        self.known("the file", document, _TABLES)
        self.runtimes.read(self.table("runtimes", document.get("runtimes", {})))
        backends = {
            name: self.backend(name, self.table(f"backends.{name}", table))
            for name, table in self.table("backends", document.get("backends", {})).items()
        }
        models = self.table("models", document.get("models", {}))
        timeouts: dict[str, float] = {}
        prices: dict[str, Price] = {}
        for name, table in models.items():
            where = f"models.{name}"
            self.known(where, self.table(where, table), ("timeout", "price", *FORMAT_KEYS))
            if "price" in table:
                prices[name] = self.price(f"{where}.price", table["price"])
            if "timeout" in table:
                timeouts[name] = self.seconds(f"{where}.timeout", table["timeout"])
        plain = with_prices(read_models(self, document), prices)
        spelt = {
            str(selector): seconds
            for name, seconds in timeouts.items()
            if (selector := plain.vendors.find(name)) is not None
        }
        defaults = self.table("defaults", document.get("defaults", {}))
        self.known("defaults", defaults, ("backend", "grader"))
        return HarnessConfig(
            path=self.path,
            backends=backends,
            runtimes=self.runtimes.named,
            model_timeouts={**timeouts, **spelt},
            prices=prices,
            models=plain,
            default_backend=self.optional("defaults", defaults, "backend", self.text),
        )

    def price(self, where: str, value: object) -> Price:
        table = self.table(where, value)
        amounts = ("input", "output", "cached_input", "cache_write", "reasoning")
        self.known(where, table, (*amounts, "date"))
        for key in ("input", "output"):
            if key not in table:
                self.wrong(f"{where} has no {key}; give the dollars for a million tokens")
        return Price(
            **{key: self.amount(f"{where}.{key}", table[key]) for key in amounts if key in table},
            date=self.optional(where, table, "date", self.text),
        )

    def backend(self, name: str, table: Mapping[str, Any]) -> BackendConfig:
        where = f"backends.{name}"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            self.wrong(f"{where}: use letters, digits and ._- for a backend's name")
        if "provider" not in table:
            self.wrong(f"{where} has no provider; name one of {', '.join(self.providers)}")
        provider = self.text(f"{where}.provider", table["provider"])
        third_party = is_third_party(provider)
        if provider not in self.providers and not third_party:
            meant = self.hint(provider, tuple(self.providers))
            self.wrong(
                f"{where}.provider: {provider!r} is unknown; {meant}; "
                'one of your own is named like "package.module:callable"'
            )
        own = ("options",) if third_party else self.providers[provider]
        for key in table:
            able = [each for each, keys in self.providers.items() if key in keys]
            if key not in own and able:
                remedy = "leave it out or change the provider"
                if third_party:
                    remedy = "write it into its table options"
                self.wrong(
                    f"{where}.{key}: {provider} cannot honour it, but "
                    f"{', '.join(able)} can; {remedy}"
                )
        common = (
            "provider", "model", "command", "timeout", "max_concurrency", "env", "runtime"
        )  # fmt: skip
        self.known(where, table, (*common, *own))
        options = {key: self.filled(f"{where}.{key}", table[key]) for key in own if key in table}
        if third_party:
            options = self.free(f"{where}.options", table.get("options", {}))
        return BackendConfig(
            id=name,
            provider=provider,
            model=self.optional(where, table, "model", self.text),
            command=self.texts(f"{where}.command", table.get("command", [])),
            timeout=self.optional(where, table, "timeout", self.seconds),
            max_concurrency=self.optional(where, table, "max_concurrency", self.count),
            env=self.texts(f"{where}.env", table.get("env", [])),
            runtime=self.runtimes.of_backend(f"{where}.runtime", table.get("runtime")),
            options=options,
        )
