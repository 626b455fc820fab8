"""Playing recorded proposals back: no program, no key, no network, no cost."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.base import Probe, ProposalRequest, not_made
from pytest_harness.backends.cassette import Cassette, Library, Loaded, Tape, refusal
from pytest_harness.backends.placeholders import Places
from pytest_harness.backends.recording import portable_settings, prompt_digest
from pytest_harness.backends.workspace_change import Change, content_digest
from pytest_harness.backends.wrapped import WrappedBackend
from pytest_harness.errors import HarnessError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.vocabulary import Fault

REPLAYED = "was replayed from a recording: nothing was asked, and nothing was paid"
"""Note of each proposal that was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayBackend(WrappedBackend):
    """Does what a backend did when it was recorded. The backend itself is never asked."""

    library: Library
    """Where cassettes are."""

    @property
    def max_concurrency(self) -> int | None:
        """No limit: nobody is asked."""
        return None

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:  # noqa: ARG002
        """Always ready, with the version that was recorded."""
        versions = sorted(self.library.versions(self.inner))
        return Probe(
            backend=self.id,
            provider=self.provider,
            ready=True,
            version=", ".join(versions) or None,
        )

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Do the recorded proposal again; one that does not fit is a fault of the benchmark."""
        places = Places(request.workspace, request.scratch)
        try:
            loaded = self.library.load(request)
            self._compare(loaded.cassette, request, places)
            _change(loaded, request, places)
        except HarnessError as error:
            return not_made(self, request, Fault.INTERNAL, str(error))
        request.artifacts.mkdir(parents=True, exist_ok=True)
        for name, data in loaded.files.items():
            if name is not Tape.PATCH:
                (request.artifacts / name).write_bytes(places.unpack(data))
        told = loaded.cassette.proposal
        record = ProposalRecord.model_validate(places.unpack_document(told.model_dump()))
        # The tokens say what the agent took when it was asked; nobody is paid for them again.
        spent = record.spent.model_copy(update={"cost_usd": 0.0})
        return record.model_copy(
            update={"spent": spent, "retry_after": None, "notes": (*record.notes, REPLAYED)}
        )

    def _compare(self, cassette: Cassette, request: ProposalRequest, places: Places) -> None:
        """Raise `BackendError` if something else was recorded than is asked for."""
        root = self.library.root
        what = f"proposal {request.round} of {request.cell}"
        again = f"record it again with --harness-record={root}"
        versions = sorted(self.library.versions(self.inner))
        if len(versions) > 1:
            raise refusal(
                f"backend {self.id!r} was recorded in {root} with the versions "
                f"{', '.join(versions)}; record all its cells again with --harness-record={root}"
            )
        now, then = portable_settings(self.inner, request), cassette.settings
        for key in sorted(now.keys() | then.keys()):
            if now.get(key) != then.get(key):
                raise refusal(
                    f"{what} was recorded with another setting of backend {self.id!r}: {key} was "
                    f"{then.get(key, 'not set')!r} and is {now.get(key, 'not set')!r}; {again}"
                )
        if cassette.prompt != prompt_digest(request):
            raise refusal(f"{what} was recorded with another prompt; {again}")
        before = content_digest(request.workspace, request.ignore, places, request.vault)
        if cassette.before != before:
            raise refusal(f"{what} was recorded with another workspace; {again}")


def _change(loaded: Loaded, request: ProposalRequest, places: Places) -> None:
    """Change the workspace as it was changed; raises `HarnessError` if that cannot be."""
    cassette = loaded.cassette
    change = Change(
        patch=loaded.files.get(Tape.PATCH, b""),
        removed=cassette.removed,
        directories=cassette.directories,
        modes=cassette.modes,
    )
    with tempfile.TemporaryDirectory(prefix="replay-", dir=request.scratch.parent) as scratch:
        change.apply(request.workspace, places, Path(scratch), request.outside or request.runner)
    after = content_digest(request.workspace, request.ignore, places, request.vault)
    if after != cassette.after:
        raise refusal(
            f"the recording of proposal {request.round} of {request.cell} does not lead to the "
            "workspace that was recorded; record it again with --harness-record"
        )
