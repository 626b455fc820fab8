"""Whether a model could be asked from here, found out without asking it anything."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.backends.base import Missing
from pytest_harness.model.clients.making import REMEDY
from pytest_harness.model.vendors import Protocol, Vendor
from pytest_harness.vocabulary import Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What stands in the way of asking a model."""

    missing: Missing
    """What it is, and the remedy."""
    lacks: Lack
    """What kind of thing it is."""


NAMELESS = Lacking(
    missing=Missing("no model is named", "name one: model@VENDOR:MODEL"), lacks=Lack.MODEL
)
"""Said of a backend without a model."""


def lacking(vendor: Vendor, model: str, environment: Mapping[str, str]) -> Lacking | None:
    """Say what is missing to ask a model of a vendor; ``None`` if nothing is.

    Raises `ConfigurationError` if the variable with the vendor's address holds none.
    """
    if vendor.protocol is Protocol.MOCK:
        return None
    vendor.address(environment)
    library = "ollama" if vendor.protocol is Protocol.OLLAMA else "pydantic_ai"
    if importlib.util.find_spec(library) is None:
        missing = Missing(f"the library {library} is not installed", f"install it: {REMEDY}")
        return Lacking(missing=missing, lacks=Lack.PROGRAM)
    if vendor.keys and not vendor.local and vendor.key(environment) is None:
        first = vendor.keys[0]
        names = " or ".join(vendor.keys)
        state = "set, but empty" if environment.get(first) == "" else "not set"
        missing = Missing(f"the variable {names} is {state}", f"set it: export {first}=...")
        return Lacking(missing=missing, lacks=Lack.KEY)
    if vendor.local:
        from pytest_harness.model.local.availability import missing_local

        absent = missing_local(vendor, model, environment)
        if absent is not None:
            return Lacking(missing=absent, lacks=Lack.MODEL)
    return None
