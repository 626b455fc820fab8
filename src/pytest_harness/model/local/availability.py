"""What a local model lacks, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_harness.backends.base import Missing
from pytest_harness.model.local.servers import (
    NoServerError,
    OddAnswerError,
    listed,
    name_of,
    same,
)
from pytest_harness.model.vendors import Protocol, Vendor

_SHOWN = 5
"""Models of a server that a sentence names."""
_START = {
    "ollama": "start it with: ollama serve",
    "lmstudio": "start it with: lms server start",
    "llama.cpp": "start it with: llama-server --alias {model} --model FILE",
    "vllm": "start it with: vllm serve {model}",
}
_FETCH = {
    "ollama": "fetch it with: ollama pull {model}",
    "lmstudio": "fetch it with: lms get {model}",
    "llama.cpp": "start it with: llama-server --alias {model} --model FILE",
    "vllm": "start it with: vllm serve {model}",
}


def missing_local(vendor: Vendor, model: str, environment: Mapping[str, str]) -> Missing | None:
    """Say what is missing for a model of a local server; ``None`` if nothing is.

    A server that answers and does not list its models may have the model all the same: that its
    first request tells. Raises `ConfigurationError` for an address that is none.
    """
    address = vendor.address(environment)
    try:
        entries = listed(vendor, environment)
    except NoServerError:
        return Missing(
            f"no {vendor.name} server answers at {address}",
            _START.get(vendor.name, f"start it at {address}").format(model=model),
        )
    except OddAnswerError:
        return None
    there = [name_of(each) for each in entries]
    if any(_is_it(vendor, model, name) for name in there):
        return None
    has = ", ".join(there[:_SHOWN]) + (", ..." if len(there) > _SHOWN else "")
    fallback = "load it there" + (", or name one that it has" if there else "")
    return Missing(
        f"the {vendor.name} server at {address} has no model {model}, only {has or 'none at all'}",
        _FETCH.get(vendor.name, fallback).format(model=model),
    )


def _is_it(vendor: Vendor, wanted: str, name: str) -> bool:
    if vendor.protocol is Protocol.OLLAMA:
        return same(wanted, name)
    return wanted == name
