"""Naming a model: ``vendor:model``, an alias, or ``provider=VENDOR,model=NAME``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean
from pytest_harness.model.vendors import MOCK, OTHER_NAMES, VENDORS, Vendor


@dataclass(frozen=True, slots=True)
class Selector:
    """A model of a vendor."""

    vendor: str
    """Who serves it, by the name that `Vendors` knows."""
    model: str
    """Its name there; it may hold colons."""

    def __str__(self) -> str:
        return f"{self.vendor}:{self.model}"


@dataclass(frozen=True, slots=True)
class Vendors:
    """All vendors and aliases of a project."""

    known: Mapping[str, Vendor]
    """By name: those that ship, and those of ``harness.toml``."""
    aliases: Mapping[str, str]
    """Selectors by alias."""

    def select(self, text: str) -> Selector:
        """Read a selector, an alias, or ``provider=VENDOR,model=NAME``.

        Raises `ConfigurationError` for one that names no vendor or no model.
        """
        return self._select(text.strip(), ())

    def find(self, text: str) -> Selector | None:
        """Read a selector as `select` does; ``None`` for what names no plain model."""
        vendor, model = _parted(text)
        named = bool(model) and (vendor in self.known or vendor in OTHER_NAMES)
        return self.select(text) if named or text in self.aliases else None

    def vendor(self, selector: Selector) -> Vendor:
        """Return who serves a model."""
        return self.known[selector.vendor]

    def _select(self, text: str, seen: tuple[str, ...]) -> Selector:
        if text in self.aliases:
            if text in seen:
                raise ConfigurationError(
                    f"the alias {text!r} leads to itself; let it name a vendor and a model"
                )
            return self._select(self.aliases[text], (*seen, text))
        vendor, model = _parted(text)
        vendor = OTHER_NAMES.get(vendor, vendor) if vendor not in self.known else vendor
        if vendor not in self.known or not model:
            known = ", ".join(self.known)
            hint = did_you_mean(vendor, tuple(self.known)) if vendor else ""
            what = "names no model" if vendor in self.known else "names no vendor that is known"
            raise ConfigurationError(
                f"model {text!r} {what}; {hint}write VENDOR:MODEL with one of {known}, "
                "or declare others under [vendors] and [aliases] in harness.toml"
            )
        return Selector(vendor, model)


SHIPPED = Vendors(VENDORS, {})
"""Where nothing is declared."""

MOCK_MODEL = str(Selector(MOCK, MOCK))
"""Plays the target's own steps."""


def _parted(text: str) -> tuple[str, str]:
    """Part a selector into vendor and model; either may be empty."""
    if text.startswith("provider="):
        provider, _, model = text.removeprefix("provider=").partition(",model=")
        return provider.strip(), model.strip()
    vendor, _, model = text.partition(":")
    return vendor.strip(), model.strip()
