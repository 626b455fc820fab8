"""A real program with the answers that its model once gave."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pytest_harness.backends.adapter import SCRIPTED_KEY
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import Backend, Probe, ProposalRequest, not_made
from pytest_harness.backends.own_model import (
    NOWHERE,
    OwnModelBackend,
    for_free,
    program_of,
    with_key,
)
from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.script_files import RECORDED, located
from pytest_harness.backends.traffic.http import LocalServer
from pytest_harness.backends.traffic.player import Player
from pytest_harness.backends.traffic.tape import SUFFIX, Tape, find
from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBackend(OwnModelBackend):
    """Lets an agent's program ask a model of ours that answers from a recording."""

    recording: Path
    """A file of traffic, a cell's directory of them, or the directory of all cells."""

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on: the recording's content, wherever it lies."""
        digest = hashlib.sha256()
        for path in _files(self.recording):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return {**self.inner.settings(), "model": RECORDED, "recording": digest.hexdigest()}

    def check(self) -> None:
        """Raise `ConfigurationError` if there is no recording, or the program has no way to it."""
        check_recording(self.recording)
        self._asking(NOWHERE, None)

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether the program is here; it needs no credentials."""
        # Which model was recorded is known of a cell alone; a program may want any name at all.
        program = self._asking(NOWHERE, RECORDED.rstrip(":"))
        return program.probe(runner, with_key(environment))

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the program work with the recorded answers; where they end is a fault of ours."""
        try:
            tape = Tape.read(find(self.recording, request, self.id))
        except BackendError as error:
            return not_made(self, request, error.fault, str(error))
        base = urlsplit(self._asking(NOWHERE, None).setup.options.base_url or "").path
        places = Places(request.workspace, request.scratch)
        player = Player(tape, base, places, request.vault)
        with LocalServer(player) as server:
            asked = dataclasses.replace(request, environment=with_key(request.environment))
            record = for_free(self._asking(server.root_url, tape.head.model).propose(asked))
        update: dict[str, object] = {
            "model": self.model,
            "notes": (*record.notes, *player.notes()),
        }
        if player.beyond and record.fault is not Fault.INTERRUPTED:
            reason = (
                f"the recording in {self.recording} has too few answers: {player.beyond}; "
                "record it again with --harness-record-traffic"
            )
            update |= {"completed": False, "fault": Fault.INTERNAL, "reason": reason}
        return record.model_copy(update=update)

    def _asking(self, root: str, model: str | None) -> AgentBackend:
        """Return the program with the model at ``root``, asked for by the name it had."""
        setup = self.inner.setup
        options = setup.options
        if options.base_url is None:
            setup = self.inner.adapter.scripted(setup, root)
        else:
            path = urlsplit(options.base_url).path.rstrip("/")
            local = dataclasses.replace(
                options, base_url=f"{root}{path}", env_key=SCRIPTED_KEY, env_token=None
            )
            setup = dataclasses.replace(setup, options=local)
        if model is not None:
            setup = dataclasses.replace(setup, model=model)
        return dataclasses.replace(self.inner, setup=setup)


def with_recording(backend: Backend, selector: str, root: Path) -> RecordedBackend:
    """Return ``backend`` with the recorded model that ``selector`` names.

    A relative path is relative to ``root``. Raises `ConfigurationError` for a backend that is no
    agent's program.
    """
    program = program_of(backend, selector, RECORDED, "recording")
    return RecordedBackend(inner=program, selector=selector, recording=located(selector, root))


def check_recording(path: Path) -> None:
    """Raise `ConfigurationError` if there is no recorded traffic at ``path``."""
    if not _files(path):
        raise ConfigurationError(
            f"{path} holds no recorded traffic; record it with --harness-record-traffic={path}"
        )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(each for each in path.rglob(f"c*{SUFFIX}") if each.is_file())
