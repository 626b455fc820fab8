"""The one driver of agent programs: from a request to a record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.backends.adapter import Adapter, Launch, Room, Verdict
from pytest_harness.backends.addresses import loopback_ports
from pytest_harness.backends.base import not_made
from pytest_harness.backends.finding import find, not_found
from pytest_harness.backends.limits import killed, met
from pytest_harness.backends.listening import Listener
from pytest_harness.backends.program import identity, untested
from pytest_harness.backends.transcript import Transcript
from pytest_harness.backends.waiting import asked_to_wait
from pytest_harness.errors import BackendError
from pytest_harness.records import ProposalRecord
from pytest_harness.redaction import Vault, secret_values
from pytest_harness.runtime.process import ProcessResult, ProcessSpec
from pytest_harness.runtime.profile import fresh_profile, host_environment
from pytest_harness.vocabulary import Ended, Fault

if TYPE_CHECKING:
    from pytest_harness.backends.agent_backend import AgentBackend
    from pytest_harness.backends.base import ProposalRequest

KEEP = 8 << 20
"""Bytes that are kept of each stream."""
REASON = 400
"""Characters of a reason."""


def drive(backend: AgentBackend, request: ProposalRequest) -> ProposalRecord:
    """Run a program on ``request.workspace`` and tell what happened.

    What an agent, its program or its vendor did is in the record, never an exception.
    """
    try:
        with _room(backend, request) as room, backend.adapter.launch(room) as launch:
            return _Run(backend, room, launch).record()
    except BackendError as error:
        return not_made(backend, request, error.fault, str(error))


@contextlib.contextmanager
def _room(backend: AgentBackend, request: ProposalRequest) -> Iterator[Room]:
    """Find the program and its credentials, and make its home; raises `BackendError`."""
    adapter, setup = backend.adapter, backend.setup
    source = request.environment
    argv = find(adapter, setup, source)
    if argv is None:
        raise BackendError(Fault.UNAVAILABLE, "; ".join(not_found(adapter, setup, source)))
    access = adapter.access(setup, source)
    if access.missing is not None:
        raise BackendError(Fault.UNAVAILABLE, "; ".join(access.missing))
    with contextlib.ExitStack() as stack:
        if request.runtime.own_home:
            profile, env = None, host_environment(source)
        else:
            profile = stack.enter_context(fresh_profile(request.scratch, request.runtime.homes))
            env = profile.environment(source, (*setup.env, *access.names))
        told = identity(
            adapter.program,
            argv,
            env,
            request.workspace,
            request.runner,
            elsewhere=setup.elsewhere,
        )
        if told.version is None:
            remedy = f"install it: {adapter.program.install}"
            raise BackendError(Fault.UNAVAILABLE, f"{told.wrong}; {remedy}")
        yield Room(
            request=request,
            setup=setup,
            argv=argv,
            version=told.version,
            access=access,
            profile=profile,
            env=env,
        )


class _Run:
    """One run of a program."""

    def __init__(self, backend: AgentBackend, room: Room, launch: Launch) -> None:
        self._backend = backend
        self._adapter: Adapter = backend.adapter
        self._title = backend.adapter.program.title
        self._room = room
        self._request = room.request
        self._launch = launch
        self._vault: Vault = room.request.vault
        self._transcript = Transcript(room.workspace)
        self._parser = backend.adapter.parser(room)
        self._vault.add((*secret_values(launch.env), *room.keys.values(), *launch.secrets))

    def record(self) -> ProposalRecord:
        """Run the program and write its record."""
        artifacts = self._request.artifacts
        artifacts.mkdir(parents=True, exist_ok=True)
        try:
            result = self._watched()
        finally:
            for name in ("stdout.jsonl", "stderr.txt"):
                self._vault.hide_file(artifacts / name)
        hide, transcript = self._vault.hide, self._transcript
        settings = self._request.runtime.settings()
        verdict = self._judge(result, settings)
        limited = verdict.fault is Fault.RATE_LIMIT
        odd = untested(self._adapter.program, self._room.version)
        return ProposalRecord(
            backend=self._backend.id,
            provider=self._backend.provider,
            backend_version=self._room.version,
            model=self._backend.model,
            runtime=self._request.runtime.name,
            argv=tuple(map(hide, self._launch.argv)),
            cwd=str(self._room.directory),
            ended=result.ended,
            exit=result.exit,
            signal=result.signal,
            completed=verdict.completed,
            fault=verdict.fault,
            reason=sentence(hide(verdict.reason)),
            retry_after=asked_to_wait(verdict.reason) if limited else None,
            answer=transcript.answer,
            spent=transcript.spent,
            turns=transcript.turns or None,
            tool_calls=transcript.calls,
            reported_changes=transcript.changes,
            reported_reads=transcript.reads,
            refused_tools=tuple(transcript.refused),
            program_retries=transcript.retries,
            first_event=transcript.first_event,
            duration=result.duration,
            survivors=result.survivors,
            stdout_bytes=result.stdout.total,
            stderr_bytes=result.stderr.total,
            notes=(*met(result, settings), *([odd] if odd else [])),
        )

    def _watched(self) -> ProcessResult:
        """Run the program while its events are written down as they come."""
        request, launch, options = self._request, self._launch, self._room.options
        spec = ProcessSpec(
            argv=launch.argv,
            cwd=self._room.directory,
            env=launch.env,
            timeout=request.timeout,
            stdin=launch.stdin,
            conversation=launch.conversation,
            silence=launch.silence,
            stdout=request.artifacts / "stdout.jsonl",
            stderr=request.artifacts / "stderr.txt",
            keep=KEEP,
            readable=(*launch.readable, *map(Path, options.extra_dirs)),
            ports=loopback_ports((options.base_url, *launch.addresses), launch.env),
            private=() if self._room.profile is None else self._room.profile.fresh,
        )
        with (request.artifacts / "events.jsonl").open("wb") as file:
            listener = Listener(file, self._transcript, self._vault, KEEP)

            def on_line(line: bytes, seen: float) -> bool:
                if line.strip():
                    listener.take(self._parser.parse(line, seen))
                return bool(self._transcript.circles)

            result = request.runner.run(spec, on_line)
            listener.take(self._parser.finish(result))
            return result

    def _judge(self, result: ProcessResult, settings: Mapping[str, str]) -> Verdict:
        """Find out what the end means, by evidence and never by the exit code alone."""
        title, transcript = self._title, self._transcript
        if result.ended is Ended.NOT_STARTED:
            reason = result.reason or f"{title} could not be started; install it again"
            return Verdict(completed=False, fault=Fault.UNAVAILABLE, reason=reason)
        if transcript.completed:
            return self._adapter.judge(transcript)
        if result.ended is Ended.INTERRUPT:
            reason = f"the session ended while {title} was working"
            return Verdict(completed=False, fault=Fault.INTERRUPTED, reason=reason)
        if transcript.circles:
            reason = f"{title} was stopped: {transcript.circles}"
            return Verdict(
                completed=False, fault=self._adapter.classify(transcript.circles), reason=reason
            )
        if result.ended in {Ended.TIMEOUT, Ended.SILENCE}:
            return self._out_of_time()
        if result.ended is Ended.LIMIT:
            return Verdict(completed=False, reason=killed(title, result, settings))
        said = transcript.failure or transcript.stuck
        if said:
            reason = f"{title} gave up: {said}"
            return Verdict(completed=False, fault=self._adapter.classify(said), reason=reason)
        if result.signal is not None:
            reason = f"{title} was ended by signal {result.signal}"
            return Verdict(completed=False, reason=reason)
        if transcript.first_event is None:
            fault, reason = self._adapter.explain(result)
            return Verdict(completed=False, fault=fault, reason=reason)
        reason = f"{title} ended with exit code {result.exit} in the middle of its turn"
        return Verdict(completed=False, reason=reason)

    def _out_of_time(self) -> Verdict:
        """Judge a program that was ended at its limit."""
        limit, waiting = self._request.timeout, self._transcript.stuck
        fault = self._adapter.classify(waiting) if waiting else None
        if fault is None and self._transcript.first_event is None:
            fault = Fault.TRANSPORT
        if fault is None:
            reason = f"{self._title} was still working when its {limit:g} s were over"
        else:
            reason = f"no answer from the model within {limit:g} s"
            reason += f"; the last that was heard: {waiting}" if waiting else ""
        return Verdict(completed=False, fault=fault, reason=reason)


def sentence(text: str) -> str:
    """Return a text as one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= REASON else f"{line[:REASON]}..."
