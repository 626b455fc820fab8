"""What ``harness.toml`` says of plain models: vendors, aliases, tiers, graders, formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pytest_harness.allowance.prices import Price
from pytest_harness.config_values import Values
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.selectors import SHIPPED, Selector, Vendors
from pytest_harness.model.vendors import MOCK, VENDORS, Protocol, Vendor
from pytest_harness.vocabulary import ToolFormat

SPOKEN = tuple(each for each in Protocol if each is not Protocol.MOCK)
"""The protocols that a vendor may be declared with."""
FORMAT_KEYS = ("format", "format_evidence", "format_date")
"""What a model's table says of its format: which, what it was decided by, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderConfig:
    """One ``[graders.NAME]`` table: a model that grades results."""

    name: str
    """Its name."""
    model: Selector
    """The model that it asks."""
    temperature: float | None = None
    """From 0 to 2; ``None`` leaves it to the vendor."""
    max_tokens: int | None = None
    """Most output tokens of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTables:
    """All that the file says of plain models."""

    vendors: Vendors = SHIPPED
    """Vendors and aliases."""
    tiers: Mapping[str, Selector] = field(default_factory=dict)
    """Models by tier, such as ``cheap`` and ``strong``."""
    graders: Mapping[str, GraderConfig] = field(default_factory=dict)
    """By name."""
    default_grader: str | None = None
    """The grader where no other is named."""
    formats: Mapping[str, ToolFormat] = field(default_factory=dict)
    """The preferred format of a model, by its selector in full."""


def read_models(values: Values, document: Mapping[str, Any]) -> ModelTables:
    """Read the tables; raises `ConfigurationError` naming the file, the key and the remedy."""
    return _Reader(values).read(document)


def with_prices(tables: ModelTables, prices: Mapping[str, Price]) -> ModelTables:
    """Return the tables with prices, by the names that stand below ``[models]``."""
    known = dict(tables.vendors.known)
    for name, price in prices.items():
        selector = tables.vendors.find(name)
        if selector is not None:
            vendor = known[selector.vendor]
            own = {**vendor.own_prices, selector.model: price}
            known[selector.vendor] = replace(vendor, own_prices=own)
    return replace(tables, vendors=replace(tables.vendors, known=known))


class _Reader:
    def __init__(self, values: Values) -> None:
        self.values = values

    def read(self, document: Mapping[str, Any]) -> ModelTables:
        values = self.values
        known = dict(VENDORS)
        for name, table in values.table("vendors", document.get("vendors", {})).items():
            known[name] = self.vendor(name, values.table(f"vendors.{name}", table), known)
        aliases = {
            name: values.text(f"aliases.{name}", text)
            for name, text in values.table("aliases", document.get("aliases", {})).items()
        }
        vendors = Vendors(known, aliases)
        for name, text in aliases.items():
            self.selector(f"aliases.{name}", text, vendors)
        tiers = {
            name: self.selector(f"tiers.{name}", text, vendors)
            for name, text in values.table("tiers", document.get("tiers", {})).items()
        }
        graders = {
            name: self.grader(name, values.table(f"graders.{name}", table), vendors)
            for name, table in values.table("graders", document.get("graders", {})).items()
        }
        defaults = values.table("defaults", document.get("defaults", {}))
        default = values.optional("defaults", defaults, "grader", values.text)
        if default is not None and default not in graders:
            values.wrong(f"defaults.grader: there is no [graders.{default}]; declare it")
        formats = {
            str(self.selector(f"models.{name}", name, vendors)): self.format(name, table)
            for name, table in values.table("models", document.get("models", {})).items()
            if isinstance(table, dict) and any(key in table for key in FORMAT_KEYS)
        }
        return ModelTables(
            vendors=vendors,
            tiers=tiers,
            graders=graders,
            default_grader=default,
            formats=formats,
        )

    def vendor(self, name: str, table: Mapping[str, Any], known: Mapping[str, Vendor]) -> Vendor:
        values, where = self.values, f"vendors.{name}"
        values.known(where, table, ("protocol", "base_url", "key", "max_concurrency", "local"))
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            values.wrong(f"{where}: use letters, digits and ._- for a vendor's name")
        if name == MOCK:
            values.wrong(f"{where}: mock asks nobody and has no settings; use another name")
        vendor = known.get(name)
        address = values.optional(where, table, "base_url", values.text)
        if address is not None and not re.match(r"https?://[^/]", address):
            values.wrong(f"{where}.base_url is no address; write it like http://127.0.0.1:8000/v1")
        if vendor is None and address is None:
            values.wrong(f"{where} has no base_url; say where its interface is")
        local = table.get("local", False if vendor is None else vendor.local)
        if not isinstance(local, bool):
            values.wrong(f"{where}.local is neither true nor false")
        protocol = values.optional(where, table, "protocol", self.protocol)
        key = values.optional(where, table, "key", self.variable)
        vendor = vendor or Vendor(name=name, protocol=Protocol.CHAT)
        if address is not None:
            vendor = replace(vendor, base_url=address, base_variable="")
        if protocol is not None:
            listing = "/api/tags" if protocol is Protocol.OLLAMA else "/models"
            vendor = replace(vendor, protocol=protocol, models_path=listing)
        return replace(
            vendor,
            keys=vendor.keys if key is None else (key,),
            local=local,
            max_concurrency=values.optional(where, table, "max_concurrency", values.count),
        )

    def protocol(self, where: str, value: object) -> Protocol:
        word = self.values.text(where, value)
        if word not in SPOKEN:
            self.values.wrong(f"{where}: {word!r} is unknown; {self.values.hint(word, SPOKEN)}")
        return Protocol(word)

    def variable(self, where: str, value: object) -> str:
        word = self.values.text(where, value)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word):
            # The value is not shown: it may be a key in the wrong place.
            self.values.wrong(f"{where} is no name of a variable; give the name, not the key")
        return word

    def selector(self, where: str, text: object, vendors: Vendors) -> Selector:
        try:
            return vendors.select(self.values.text(where, text))
        except ConfigurationError as error:
            if str(error).startswith(str(self.values.path)):
                raise
            self.values.wrong(f"{where}: {error}")

    def grader(self, name: str, table: Mapping[str, Any], vendors: Vendors) -> GraderConfig:
        values, where = self.values, f"graders.{name}"
        values.known(where, table, ("model", "temperature", "max_tokens"))
        if "model" not in table:
            values.wrong(f'{where} has no model; name one, such as model = "openai:gpt-5-mini"')
        return GraderConfig(
            name=name,
            model=self.selector(f"{where}.model", table["model"], vendors),
            temperature=values.optional(where, table, "temperature", values.temperature),
            max_tokens=values.optional(where, table, "max_tokens", values.count),
        )

    def format(self, name: str, table: Mapping[str, Any]) -> ToolFormat:
        where = f"models.{name}"
        for key, check in (("format_evidence", self.evidence), ("format_date", self.day)):
            if key in table and "format" not in table:
                self.values.wrong(f"{where} has {key} but no format; name the format, or remove it")
            self.values.optional(where, table, key, check)
        where = f"{where}.format"
        word = self.values.text(where, table["format"])
        if word not in tuple(ToolFormat):
            self.values.wrong(f"{where}: {word!r} is unknown; use {' or '.join(ToolFormat)}")
        return ToolFormat(word)

    def evidence(self, where: str, value: object) -> str:
        # A path as it is: nothing in it is a variable.
        if not isinstance(value, str) or not value:
            self.values.wrong(f"{where} is no path; write it in quotes")
        return value

    def day(self, where: str, value: object) -> str:
        if not isinstance(value, str) or not _is_day(value):
            self.values.wrong(f'{where} is no date; write it like "2025-01-31"')
        return value


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
