"""Leaving a local server's memory as a cell found it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_harness.model.local.servers import (
    NoServerError,
    OddAnswerError,
    ask,
    name_of,
    names,
    same,
)
from pytest_harness.model.vendors import Protocol, Vendor

UNLOAD = 30.0
"""Seconds that a server may take to drop a model."""
_LOADED = "/api/ps"
_GENERATE = "/api/generate"


@dataclass(slots=True)
class Loading:
    """What became of a model in its server's memory; filled in when the context ends."""

    notes: list[str] = field(default_factory=list)
    """Sentences about what did not go as it should."""
    unloaded: bool = False
    """Whether the model was dropped, because it had not been there before."""


@contextlib.contextmanager
def loaded_by_cell(
    vendor: Vendor, model: str, environment: Mapping[str, str], *, keep: bool = False
) -> Iterator[Loading]:
    """Drop a model of Ollama at the end if it was not in memory at the beginning.

    What was loaded stays loaded, and with ``keep`` everything does. Of other servers nothing is
    known, and nothing is asked of them; no server is ever stopped. Who runs several cells on one
    server enters this while it holds the server's slot. Failures are notes, never exceptions.
    """
    found = Loading()
    if keep or vendor.protocol is not Protocol.OLLAMA or not vendor.local:
        yield found
        return
    before = _is_loaded(vendor, model, environment, found)
    try:
        yield found
    finally:
        if before is False and _is_loaded(vendor, model, environment, found):
            _unload(vendor, model, environment, found)


def _is_loaded(
    vendor: Vendor, model: str, environment: Mapping[str, str], found: Loading
) -> bool | None:
    """Tell whether a model is in memory; ``None`` if nobody says."""
    try:
        entries = names(ask(vendor, environment, _LOADED), key="models")
    except NoServerError:
        return None
    except OddAnswerError as error:
        found.notes.append(
            f"the {vendor.name} server does not say which models it holds in memory ({error}), so "
            f"{model} may stay there"
        )
        return None
    return any(same(model, name_of(each)) for each in entries)


def _unload(vendor: Vendor, model: str, environment: Mapping[str, str], found: Loading) -> None:
    body = {"model": model, "keep_alive": 0, "stream": False}
    try:
        ask(vendor, environment, _GENERATE, body, limit=UNLOAD)
    except (NoServerError, OddAnswerError) as error:
        found.notes.append(
            f"{model} could not be dropped from the memory of the {vendor.name} server ({error}); "
            f"do it with: ollama stop {model}"
        )
    else:
        found.unloaded = True
