"""Recording what a program and its model say to each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import Backend, Probe, ProposalRequest
from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.traffic.http import LocalServer
from pytest_harness.backends.traffic.proxy import Proxy
from pytest_harness.backends.traffic.tape import Head, Tape, file_of
from pytest_harness.backends.wrapped import WrappedBackend
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import Ended, Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturingBackend(WrappedBackend):
    """Lets an agent's program ask its endpoint through a proxy of ours."""

    inner: AgentBackend
    """The program."""
    directory: Path
    """Where traffic is kept."""

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether the program could run."""
        return self.inner.probe(runner, environment)

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the program propose; what cannot be kept is told in the record's notes."""
        options = self.inner.setup.options
        proxy = Proxy(options.base_url or "")
        with LocalServer(proxy) as server:
            local = dataclasses.replace(options, base_url=f"{server.root_url}{proxy.base}")
            setup = dataclasses.replace(self.inner.setup, options=local)
            record = dataclasses.replace(self.inner, setup=setup).propose(request)
        if record.fault is Fault.INTERRUPTED or record.ended is Ended.INTERRUPT:
            return record
        if proxy.full:
            return _noted(record, "left no recording of its traffic: there is too much of it")
        try:
            self._tape(request, proxy).write(file_of(self.directory / request.directory, request))
        except OSError as error:
            return _noted(record, f"left no recording of its traffic: {error.strerror}")
        return record

    def _tape(self, request: ProposalRequest, proxy: Proxy) -> Tape:
        exchanges = proxy.exchanges(Places(request.workspace, request.scratch), request.vault)
        head = Head(
            cell=request.cell,
            point=request.point,
            round=request.round,
            attempt=request.attempt,
            backend=self.id,
            provider=self.provider,
            model=self.model,
            version=request.version,
            exchanges=len(exchanges),
        )
        return Tape(head, exchanges)


def capturing(backend: Backend, directory: Path) -> CapturingBackend:
    """Return a backend whose traffic is recorded.

    Raises `ConfigurationError` for one that has no endpoint to which a proxy could pass it on.
    """
    how = 'give it in harness.toml, as in base_url = "https://api.example.com/v1"'
    if not isinstance(backend, AgentBackend):
        raise ConfigurationError(
            f"the traffic of backend {backend.id!r} cannot be recorded: it has no program that "
            "asks a real model; leave --harness-record-traffic out"
        )
    address = backend.setup.options.base_url
    if address is None:
        raise ConfigurationError(
            f"the traffic of backend {backend.id!r} cannot be recorded: it has no base_url; {how}"
        )
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ConfigurationError(
            f"the traffic of backend {backend.id!r} cannot be recorded: its base_url {address} is "
            f"no address of HTTP; {how}"
        )
    return CapturingBackend(inner=backend, directory=directory)


def _noted(record: ProposalRecord, note: str) -> ProposalRecord:
    return record.model_copy(update={"notes": (*record.notes, note)})
