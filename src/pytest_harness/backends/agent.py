"""The one driver of command-line agents: from a request to a record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pytest_harness.backends.base import Backend, ProposalRequest
from pytest_harness.backends.events import Event
from pytest_harness.backends.limits import killed, met
from pytest_harness.backends.transcript import Transcript
from pytest_harness.backends.waiting import asked_to_wait
from pytest_harness.errors import BackendError
from pytest_harness.records import ProposalRecord
from pytest_harness.redaction import Vault
from pytest_harness.runtime.process import ProcessResult, ProcessSpec
from pytest_harness.vocabulary import Ended, Fault

KEEP = 8 << 20
"""Bytes that are kept of each stream."""
REASON = 400
"""Characters of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How the program is started for one proposal."""

    argv: tuple[str, ...]
    """Its command line."""
    env: Mapping[str, str]
    """Its whole environment."""
    stdin: bytes | None = None
    """What it reads."""
    version: str | None = None
    """What the program says of itself."""
    secrets: tuple[str, ...] = ()
    """Values that must not be written down."""
    readable: tuple[Path, ...] = ()
    """What it reads beside its own files, where a runtime shows only what is named."""
    ports: tuple[int, ...] = ()
    """Ports of servers on this machine that it asks."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a proposal speaks of the agent."""

    completed: bool
    """Whether the turn was finished."""
    fault: Fault | None = None
    """Why it says nothing about the agent."""
    reason: str = ""
    """One sentence about what went wrong."""


class Provider(Protocol):
    """What the driver needs to know of a program."""

    @property
    def title(self) -> str:
        """The program's name in sentences."""
        ...

    def prepare(self, request: ProposalRequest) -> AbstractContextManager[Launch]:
        """Make home and command line, and clean up afterwards.

        Raises `BackendError` when the program could not do what is asked.
        """
        ...

    def parse(self, line: bytes, seen: float) -> Event:
        """Read one line of standard output."""
        ...

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        ...

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where the program ended without asking its model."""
        ...

    def result(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: some programs call one finished in which nothing worked."""
        ...


class _Watch:
    """Takes lines as they come: parses, writes them down, sums them up."""

    def __init__(self, provider: Provider, transcript: Transcript, vault: Vault) -> None:
        self._provider = provider
        self._transcript = transcript
        self._vault = vault

    def take(self, line: bytes, seen: float) -> bytes | None:
        """Return what is written to ``events.jsonl`` for a line; ``None`` for an empty one."""
        if not line.strip():
            return None
        event = self._hidden(self._provider.parse(line, seen))
        self._transcript.add(event)
        return event.to_json()

    def _hidden(self, event: Event) -> Event:
        """Return the event without secrets."""
        return dataclasses.replace(
            event,
            text=self._vault.hide(event.text),
            output=self._vault.hide(event.output),
            paths=tuple(map(self._vault.hide, event.paths)),
        )


def drive(backend: Backend, provider: Provider, request: ProposalRequest) -> ProposalRecord:
    """Run a program on ``request.workspace`` and tell what happened.

    What an agent, its program or its vendor did is in the record, never an exception.
    """
    try:
        with provider.prepare(request) as launch:
            return _run(backend, provider, request, launch)
    except BackendError as error:
        return ProposalRecord(
            backend=backend.id,
            provider=backend.provider,
            model=backend.model,
            runtime=request.runtime.name,
            cwd=str(request.workspace),
            completed=False,
            fault=error.fault,
            reason=str(error),
        )


def _run(
    backend: Backend, provider: Provider, request: ProposalRequest, launch: Launch
) -> ProposalRecord:
    """Run the program and write its record."""
    request.artifacts.mkdir(parents=True, exist_ok=True)
    stdout, stderr = request.artifacts / "stdout.jsonl", request.artifacts / "stderr.txt"
    vault = request.vault
    vault.add(launch.secrets)
    transcript = Transcript(request.workspace)
    watch = _Watch(provider, transcript, vault)
    try:
        result = _watched(request, launch, watch, stdout, stderr)
    finally:
        for path in (stdout, stderr):
            vault.hide_file(path)
    settings = request.runtime.settings()
    verdict = _judge(provider, transcript, result, request.timeout, settings)
    limited = verdict.fault is Fault.RATE_LIMIT
    return ProposalRecord(
        backend=backend.id,
        provider=backend.provider,
        backend_version=launch.version,
        model=backend.model,
        runtime=request.runtime.name,
        argv=tuple(map(vault.hide, launch.argv)),
        cwd=str(request.workspace),
        ended=result.ended,
        exit=result.exit,
        signal=result.signal,
        completed=verdict.completed,
        fault=verdict.fault,
        reason=_sentence(vault.hide(verdict.reason)),
        retry_after=asked_to_wait(verdict.reason) if limited else None,
        answer=transcript.answer,
        spent=transcript.spent,
        tool_calls=transcript.calls,
        reported_changes=transcript.changes,
        first_event=transcript.first_event,
        duration=result.duration,
        survivors=result.survivors,
        stdout_bytes=result.stdout.total,
        stderr_bytes=result.stderr.total,
        notes=met(result, settings),
    )


def _watched(
    request: ProposalRequest, launch: Launch, watch: _Watch, stdout: Path, stderr: Path
) -> ProcessResult:
    """Run the program while its events are written down as they come."""
    spec = ProcessSpec(
        argv=launch.argv,
        cwd=request.workspace,
        env=launch.env,
        timeout=request.timeout,
        stdin=launch.stdin,
        stdout=stdout,
        stderr=stderr,
        keep=KEEP,
        readable=launch.readable,
        ports=launch.ports,
    )
    room = KEEP
    with (request.artifacts / "events.jsonl").open("wb") as events:

        def on_line(line: bytes, seen: float) -> None:
            nonlocal room
            written = watch.take(line, seen)
            if written is not None and len(written) < room:
                room -= len(written) + 1
                events.write(written + b"\n")
                events.flush()

        return request.runner.run(spec, on_line)


def _judge(
    provider: Provider,
    transcript: Transcript,
    result: ProcessResult,
    timeout: float,
    settings: Mapping[str, str],
) -> Verdict:
    """Find out what the end means, by evidence and never by the exit code alone."""
    title = provider.title
    if result.ended is Ended.NOT_STARTED:
        reason = result.reason or f"{title} could not be started; install it again"
        return Verdict(completed=False, fault=Fault.UNAVAILABLE, reason=reason)
    if transcript.completed:
        return provider.result(transcript)
    if result.ended is Ended.INTERRUPT:
        reason = f"the session ended while {title} was working"
        return Verdict(completed=False, fault=Fault.INTERRUPTED, reason=reason)
    if result.ended in {Ended.TIMEOUT, Ended.SILENCE}:
        return _out_of_time(provider, transcript, timeout)
    if result.ended is Ended.LIMIT:
        return Verdict(completed=False, reason=killed(title, result, settings))
    said = transcript.failure or transcript.stuck
    if said:
        reason = f"{title} gave up: {said}"
        return Verdict(completed=False, fault=provider.classify(said), reason=reason)
    if result.signal is not None:
        reason = f"{title} was ended by signal {result.signal}"
        return Verdict(completed=False, reason=reason)
    if transcript.first_event is None:
        fault, reason = provider.explain(result)
        return Verdict(completed=False, fault=fault, reason=reason)
    reason = f"{title} ended with exit code {result.exit} in the middle of its turn"
    return Verdict(completed=False, reason=reason)


def _out_of_time(provider: Provider, transcript: Transcript, limit: float) -> Verdict:
    """Judge a program that was ended at its limit."""
    waiting = transcript.stuck
    fault = provider.classify(waiting) if waiting else None
    if fault is None and transcript.first_event is None:
        fault = Fault.TRANSPORT
    if fault is None:
        reason = f"{provider.title} was still working when its {limit:g} s were over"
    else:
        reason = f"no answer from the model within {limit:g} s"
        reason += f"; the last that was heard: {waiting}" if waiting else ""
    return Verdict(completed=False, fault=fault, reason=reason)


def _sentence(text: str) -> str:
    """Return a text as one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= REASON else f"{line[:REASON]}..."
