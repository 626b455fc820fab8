"""Making the client of a model."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.model.client import Client
from pytest_harness.model.clients.whom import Whom
from pytest_harness.model.vendors import Protocol, Vendor
from pytest_harness.vocabulary import Fault

REMEDY = 'pip install "pytest-harness[models]"'
"""What brings the libraries."""


def make_client(vendor: Vendor, model: str, environment: Mapping[str, str]) -> Client:
    """Make a client that asks one model of a vendor; nothing is sent yet.

    ``environment`` is all that is looked at for address and key. Raises `ConfigurationError` for an
    address that is none and for a vendor that is not asked over a network, and `BackendError` for
    a missing key or library.
    """
    if vendor.protocol is Protocol.MOCK:
        raise ConfigurationError(f"{vendor.name} is asked by no client; it plays its answers")
    whom = Whom.find(vendor, model, environment)
    try:
        if vendor.protocol is Protocol.OLLAMA:
            from pytest_harness.model.clients.ollama_client import OllamaClient

            return OllamaClient(whom)
        from pytest_harness.model.clients.pydantic_client import PydanticClient

        return PydanticClient(whom)
    except ImportError as error:
        missing = (error.name or "a library").partition(".")[0]
        reason = f"{whom} needs {missing}, which is not installed; run {REMEDY}"
        raise BackendError(Fault.UNAVAILABLE, reason) from error
