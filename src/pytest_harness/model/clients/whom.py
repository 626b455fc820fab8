"""Whom a client asks, and the key that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_harness.errors import BackendError
from pytest_harness.model.vendors import Protocol, Vendor
from pytest_harness.vocabulary import Fault

NO_KEY = "none"
"""What libraries are given that insist on a key; it is never sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """A model at an address."""

    vendor: Vendor
    """Who serves it."""
    model: str
    """Its name there."""
    address: str
    """Of the vendor's interface, without a slash at the end."""
    variable: str | None = None
    """The variable that holds the key; ``None`` for a server that takes none."""
    key: str | None = field(default=None, repr=False)
    """The key itself."""

    @classmethod
    def find(cls, vendor: Vendor, model: str, environment: Mapping[str, str]) -> Whom:
        """Look up address and key.

        Raises `ConfigurationError` for an address that is none, `BackendError` for a missing key.
        """
        variable = vendor.key(environment)
        if variable is None and vendor.keys and not vendor.local:
            names = " or ".join(vendor.keys)
            reason = f"{vendor.name}:{model} needs a key; set {names}"
            raise BackendError(Fault.UNAVAILABLE, reason)
        return cls(
            vendor=vendor,
            model=model,
            address=vendor.address(environment),
            variable=variable,
            key=None if variable is None else environment[variable].strip(),
        )

    def __str__(self) -> str:
        return f"{self.vendor.name}:{self.model}"

    @property
    def key_or_none(self) -> str:
        """The key, or a word for libraries that insist on one."""
        return self.key or NO_KEY

    @property
    def key_header(self) -> dict[str, str]:
        """The header that shows the key; none without a key."""
        if self.key is None:
            return {}
        match self.vendor.protocol:
            case Protocol.MESSAGES:
                return {"x-api-key": self.key}
            case Protocol.GEMINI:
                return {"x-goog-api-key": self.key}
            case _:
                return {"authorization": f"Bearer {self.key}"}

    def without_key(self, text: str) -> str:
        """Return a text in which the key does not stand."""
        return text.replace(self.key, "[key]") if self.key else text
