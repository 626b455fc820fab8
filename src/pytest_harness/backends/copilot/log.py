"""A backend that starts nothing: it grades a past session of Copilot CLI by its log."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pytest_harness.backends.base import Probe, ProposalRequest, not_made
from pytest_harness.backends.copilot.events import CopilotParser
from pytest_harness.backends.copilot.faults import of_message
from pytest_harness.backends.copilot.replay import Replay
from pytest_harness.backends.copilot.session import VERSION, Session, find_session, moment
from pytest_harness.backends.copilot.usage import tokens
from pytest_harness.backends.events import Event, EventKind, Work
from pytest_harness.backends.json_lines import Json, document, table, text_of
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import BackendError
from pytest_harness.records import ProposalRecord, Spent, Usage
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import Fault, RuntimeMode

KEEP = 8 << 20
"""Bytes of events that are written down."""
_OPEN = 1000
"""Calls without a result that are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopilotLogBackend:
    """Does the changes of a past session again and tells what is in its log."""

    id: str = "copilot-log"
    model: str | None = None
    options: AgentOptions = field(default_factory=AgentOptions)
    provider: str = "copilot-log"
    runtime: str = RuntimeMode.HOST
    timeout: float = 600.0
    max_concurrency: int | None = None

    def settings(self) -> Mapping[str, str]:
        """What a result depends on: the session's content, wherever it lies."""
        texts = {name: str(value) for name, value in self.options.settings().items()}
        texts.pop("session_dir", None)
        try:
            found = self._find(os.environ)
            return {**texts, "session": found.id, "log": found.digest()}
        except (BackendError, OSError):
            return texts

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:  # noqa: ARG002
        """Say whether the session is there. Reads its first line."""
        try:
            found = self._find(environment)
        except BackendError as error:
            what, _, remedy = str(error).partition("; ")
            return Probe(
                backend=self.id, provider=self.provider, ready=False, missing=what, remedy=remedy
            )
        return Probe(
            backend=self.id,
            provider=self.provider,
            ready=True,
            version=found.version,
            program=str(found.directory),
        )

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Do the session's changes again in the workspace, and tell what it did."""
        try:
            found = self._find(request.environment)
            return _Reading(self, request, found).record()
        except BackendError as error:
            return not_made(self, request, error.fault, request.vault.hide(str(error)))

    def _find(self, environment: Mapping[str, str]) -> Session:
        return find_session(self.options.session, self.options.session_dir, environment)


class _Reading:
    """One reading of a log."""

    def __init__(
        self, backend: CopilotLogBackend, request: ProposalRequest, session: Session
    ) -> None:
        self._backend = backend
        self._request = request
        self._session = session
        self._parser = CopilotParser()
        self._transcript = Transcript(request.workspace)
        self._replay = Replay(
            session.directory, _root(session, backend.options.cwd), request.workspace
        )
        self._calls: dict[str, tuple[str, object]] = {}
        self._usage: Usage | None = None
        self._turns = 0
        self._commands = 0
        self._began: float | None = None
        self._seen = 0.0
        self._torn = False
        self._sign = False
        self._model: str | None = None

    def record(self) -> ProposalRecord:
        """Read the log to its end."""
        request, session, transcript = self._request, self._session, self._transcript
        request.artifacts.mkdir(parents=True, exist_ok=True)
        room = KEEP
        try:
            with (request.artifacts / "events.jsonl").open("wb") as file:
                for line in session.lines():
                    for event in self._line(line):
                        hidden = self._hidden(event)
                        transcript.add(hidden)
                        written = hidden.to_json()
                        if len(written) < room:
                            room -= len(written) + 1
                            file.write(written + b"\n")
            notes = self._replay.finish()
        except OSError as error:
            raise BackendError(
                Fault.INTERNAL,
                f"the session {session.id} cannot be done again: {error.strerror or error}; "
                "read another one",
            ) from error
        completed = self._sign and transcript.failure is None
        said = transcript.failure or ""
        if not completed:
            said = said or "its log ends in the middle of a turn"
        return ProposalRecord(
            backend=self._backend.id,
            provider=self._backend.provider,
            backend_version=session.version,
            model=self._backend.model or self._model or session.model,
            runtime=request.runtime.name,
            cwd=str(request.workspace),
            completed=completed,
            fault=None if completed else of_message(said),
            reason="" if completed else request.vault.hide(f"the session {session.id}: {said}"),
            answer=transcript.answer,
            spent=Spent(usage=self._usage or Usage(), cost_usd=0.0),
            turns=self._turns or None,
            tool_calls=transcript.calls,
            reported_changes=transcript.changes,
            reported_reads=transcript.reads,
            refused_tools=tuple(transcript.refused),
            first_event=transcript.first_event,
            duration=self._seen,
            notes=tuple(map(request.vault.hide, (*self._notes(), *notes))),
        )

    def _notes(self) -> list[str]:
        """Say which session was read, and what cannot be known of it."""
        session = self._session
        notes = [f"read from the session {session.id}; nothing was run"]
        if self._commands:
            notes.append(f"{self._commands} commands of the session were not run again")
        if self._torn:
            notes.append("a line of its log is torn or too long, and was passed over")
        return notes

    def _line(self, line: bytes) -> Sequence[Event]:
        """Read one line, and do again what it tells."""
        found = document(line)
        if found is None:
            self._torn = True
            return ()
        data, kind = table(found.get("data")), text_of(found.get("type"))
        at = moment(found)
        if at is not None:
            self._began = at if self._began is None else self._began
            self._seen = max(self._seen, at - self._began)
        own = not found.get("agentId")
        match kind:
            case "user.message" if own:
                self._begin(text_of(found.get("id")))
            case "session.usage_record":
                self._count(table(data.get("usage")))
            case "tool.execution_start" if len(self._calls) < _OPEN:
                call = text_of(data.get("toolCallId"))
                self._calls[call] = text_of(data.get("toolName")), data.get("arguments")
            case "tool.execution_complete":
                self._call(data)
            case "abort" | "session.error" if own:
                self._sign = False
            case "assistant.message" if own:
                self._sign = not data.get("toolRequests")
        if kind in {"session.usage_record", "session.resume", "session.model_change"}:
            return ()
        return [self._moved(event) for event in self._parser.parse(line, self._seen)]

    def _begin(self, message: str) -> None:
        """Begin a turn of the user's: what went wrong before is over."""
        self._replay.turn(message)
        self._sign = False
        self._transcript.failure = None
        self._parser = CopilotParser()

    def _count(self, usage: Json) -> None:
        """Count one answered request."""
        self._turns += 1
        self._model = text_of(usage.get("model")) or self._model
        counted = tokens(usage)
        if counted is not None:
            self._usage = counted if self._usage is None else self._usage + counted

    def _call(self, data: Json) -> None:
        name, arguments = self._calls.pop(text_of(data.get("toolCallId")), ("", None))
        self._replay.call(name, arguments, data)

    def _moved(self, event: Event) -> Event:
        """Return an event with paths of the workspace."""
        if event.kind is EventKind.CALL_STARTED and event.work is Work.COMMAND:
            self._commands += 1
        return event._replace(paths=tuple(map(self._replay.path, event.paths)))

    def _hidden(self, event: Event) -> Event:
        """Return the event without secrets."""
        hide = self._request.vault.hide
        return event._replace(
            text=hide(event.text),
            output=hide(event.output),
            arguments=hide(event.arguments),
            paths=tuple(map(hide, event.paths)),
            raw=b"",
        )


def _root(session: Session, cwd: str | None) -> str:
    """Return the directory of the session that the workspace stands for."""
    if not session.cwd.startswith("/"):
        raise BackendError(
            Fault.UNAVAILABLE,
            f"the session {session.id} does not tell where it worked, as one of version {VERSION} "
            "does; name another session",
        )
    worked = PurePosixPath(session.cwd)
    below = PurePosixPath(cwd or "").parts
    if not below:
        return str(worked)
    if worked.parts[-len(below) :] != below:
        raise BackendError(
            Fault.UNAVAILABLE,
            f"the session {session.id} worked in {worked}, which does not end in {cwd}; "
            "change cwd, or leave it out",
        )
    return str(Path(*worked.parts[: -len(below)]))
