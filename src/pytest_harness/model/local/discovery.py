"""Which models the servers of this machine have."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_harness.model.local.servers import (
    NoServerError,
    OddAnswerError,
    listed,
    name_of,
)
from pytest_harness.model.selectors import Selector, Vendors
from pytest_harness.model.vendors import MOCK, Protocol, Vendor

TIMEOUT = 5.0
"""Seconds for all servers together."""
_LONGEST_NAME = 200
_NO_CHAT = ("embed", "rerank")
"""What stands in the names of models that do not talk."""
_NO_CHAT_FAMILIES = frozenset({"bert", "nomic-bert", "nomic-bert-moe"})
_CHAT_ABILITIES = frozenset({"completion", "chat", "tools"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found."""

    models: tuple[Selector, ...] = ()
    """Models that can be talked to, by vendor and name."""
    notes: tuple[str, ...] = ()
    """Sentences about servers that answer and list no models, and about models left out."""


def discover(
    vendors: Vendors,
    environment: Mapping[str, str],
    limit: int | None = None,
    timeout: float = TIMEOUT,
) -> Discovery:
    """Ask the server of every local vendor, all at once, for at most ``timeout`` seconds.

    A server that is not there is no news. Models that only embed or rank, and those that Ollama has
    from elsewhere, are left out; of the others the first ``limit`` are taken. Of two vendors with
    one server the one that was declared last counts. Raises `ConfigurationError` for an address
    that is none.
    """
    asked = [_Asked(vendor, environment, timeout) for vendor in _servers(vendors, environment)]
    deadline = time.monotonic() + timeout
    for each in asked:
        each.start()
    for each in asked:
        each.join(max(deadline - time.monotonic(), 0.0))
    found: list[Selector] = []
    notes: list[str] = []
    for each in asked:
        models, note = each.result()
        found += models
        notes += note
    found.sort(key=lambda model: (model.vendor, model.model))
    if limit is not None and len(found) > limit:
        left = len(found) - limit
        notes.append(
            f"{left} local models are left out; raise --harness-max-local-models to take them in"
        )
        del found[limit:]
    return Discovery(models=tuple(found), notes=tuple(notes))


def _servers(vendors: Vendors, environment: Mapping[str, str]) -> list[Vendor]:
    by_server: dict[str, Vendor] = {}
    for vendor in vendors.known.values():
        if vendor.local and vendor.name != MOCK:
            by_server[vendor.server(environment)] = vendor
    return list(by_server.values())


class _Asked(threading.Thread):
    """Asks one server; nobody waits for one that never ends its answer."""

    def __init__(self, vendor: Vendor, environment: Mapping[str, str], timeout: float) -> None:
        super().__init__(name=f"ask {vendor.name}", daemon=True)
        self._vendor = vendor
        self._environment = environment
        self._timeout = timeout
        self._models: list[Selector] = []
        self._error: Exception | None = None
        self._done = threading.Event()

    def run(self) -> None:
        try:
            entries = listed(self._vendor, self._environment, limit=self._timeout)
            names = {name_of(each) for each in entries if _talks(each, self._vendor)}
            self._models = [Selector(self._vendor.name, name) for name in names if _fits(name)]
        except Exception as error:  # noqa: BLE001 - `result` raises what is not expected
            self._error = error
        self._done.set()

    def result(self) -> tuple[list[Selector], list[str]]:
        """Return the models, and what is to be noted."""
        if not self._done.is_set():
            return [], [self._note("it does not answer in time")]
        match self._error:
            case None:
                return self._models, []
            case NoServerError():
                return [], []
            case OddAnswerError() as error:
                return [], [self._note(str(error))]
            case error:
                raise error

    def _note(self, why: str) -> str:
        address = self._vendor.address(self._environment)
        return f"the {self._vendor.name} server at {address} is left out: {why}"


def _talks(entry: Mapping[str, object], vendor: Vendor) -> bool:
    """Whether a model can be talked to, as far as its entry or its name tells."""
    name = name_of(entry).lower()
    if vendor.protocol is Protocol.OLLAMA and (entry.get("remote_model") or name.endswith("cloud")):
        return False
    abilities = entry.get("capabilities")
    if isinstance(abilities, list) and abilities:
        return not _CHAT_ABILITIES.isdisjoint(each for each in abilities if isinstance(each, str))
    if entry.get("type") in {"embedding", "embeddings", "reranker"}:
        return False
    details = entry.get("details")
    family = details.get("family") if isinstance(details, dict) else None
    return family not in _NO_CHAT_FAMILIES and not any(word in name for word in _NO_CHAT)


def _fits(name: str) -> bool:
    """Whether a name can stand in the id of a test."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()
