"""Recording the proposals of a backend, so that they can be played back."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.base import Backend, Probe, ProposalRequest
from pytest_harness.backends.cassette import Cassette, Library, Tape
from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.workspace_change import content_digest, take_change
from pytest_harness.backends.wrapped import WrappedBackend
from pytest_harness.errors import HarnessError, WorkspaceError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import Ended, Fault
from pytest_harness.workspace import copy_tree, remove_tree, scan
from pytest_harness.workspace.manifest import RESERVED

NAMES = frozenset({"backend", "provider", "model"})
"""Fields that are names, and no secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBackend(WrappedBackend):
    """Lets a backend propose, and keeps a cassette of it. Interrupted proposals are not kept."""

    library: Library
    """Where cassettes are kept."""

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether the backend could run."""
        return self.inner.probe(runner, environment)

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the backend propose; what cannot be recorded is told in the record's notes.

        Raises `HarnessError` before anything is spent if nothing could be recorded.
        """
        self.library.prepare(request)
        with _temporary(request) as temporary:
            before = temporary / "before"
            ignored = scan(request.workspace, request.ignore).ignored
            copy_tree(request.workspace, before, without={*RESERVED, *ignored})
            sealed = scan(before).digest
            digest = content_digest(before, (), _places(request), request.vault)
            record = self.inner.propose(request)
            if _interrupted(record, request):
                return record
            try:
                if scan(before).digest != sealed:
                    raise WorkspaceError("the copy of its workspace was changed meanwhile")
                self._keep(request, record, digest, before, temporary)
            except (HarnessError, OSError) as error:
                said = request.vault.hide(str(error))
                return record.model_copy(
                    update={"notes": (*record.notes, f"was not recorded: {said}")}
                )
        return record

    def _keep(
        self,
        request: ProposalRequest,
        record: ProposalRecord,
        digest: str,
        before: Path,
        temporary: Path,
    ) -> None:
        """Write the cassette; ``before`` is used up."""
        vault, places = request.vault, _places(request)
        change = take_change(
            before,
            request.workspace,
            request.ignore,
            places,
            vault,
            temporary,
            request.outside or request.runner,
        )
        document = vault.hide_json(record.model_dump(), keep=NAMES, numbers=False)
        cassette = Cassette(
            cell=request.cell,
            round=request.round,
            attempt=request.attempt,
            backend=self.id,
            provider=self.provider,
            model=self.model,
            version=request.version,
            settings=portable_settings(self.inner, request),
            prompt=prompt_digest(request),
            before=digest,
            after=content_digest(before, (), places, vault),
            removed=change.removed,
            directories=dict(change.directories),
            modes=dict(change.modes),
            proposal=ProposalRecord.model_validate(places.pack_document(document)),
        )
        files = {Tape.PATCH: change.patch}
        for name in (Tape.EVENTS, Tape.STDOUT, Tape.STDERR):
            path = request.artifacts / name
            if path.is_file() and not path.is_symlink():
                files[name] = places.pack(vault.hide_bytes(path.read_bytes()))
        self.library.keep(request, cassette, files)


def prompt_digest(request: ProposalRequest) -> str:
    """Digest what an agent is told, wherever it works."""
    text = _places(request).pack_text(request.vault.hide(request.prompt))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def portable_settings(backend: Backend, request: ProposalRequest) -> dict[str, str]:
    """Return a backend's settings without secrets, and without the place of the project."""
    named = {"provider": backend.provider, "model": backend.model or "", **backend.settings()}
    hidden: dict[str, str] = request.vault.hide_json(named, keep=NAMES)
    project = request.place.project
    if project is None:
        return hidden
    return {key: value.replace(f"{project}/", "<project>/") for key, value in hidden.items()}


def _places(request: ProposalRequest) -> Places:
    return Places(request.workspace, request.scratch)


def _interrupted(record: ProposalRecord, request: ProposalRequest) -> bool:
    """Tell whether something from outside ended a proposal."""
    if record.fault is Fault.INTERRUPTED or record.ended is Ended.INTERRUPT:
        return True
    return not record.completed and request.ending()


@contextlib.contextmanager
def _temporary(request: ProposalRequest) -> Iterator[Path]:
    """Make a directory beside the proposal's own, which no fence shows to it."""
    path = Path(tempfile.mkdtemp(prefix="record-", dir=request.scratch.parent))
    try:
        yield path
    finally:
        remove_tree(path)
