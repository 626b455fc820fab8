"""One proposal: a copy of the parent for the backend, and what became of that copy."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_harness.artifacts import Artifacts
from pytest_harness.backends.base import Backend, ProposalRequest, not_made, slot_name
from pytest_harness.errors import HarnessError, SpecialFileError
from pytest_harness.inputs import files_of, said_to_be_missing
from pytest_harness.job import Job
from pytest_harness.ledger.files import disk_trouble
from pytest_harness.phases import Phases
from pytest_harness.prompt import write_prompt
from pytest_harness.records import CandidateRecord, FileChange, ProposalRecord
from pytest_harness.runtime import slot
from pytest_harness.runtime.witness import WitnessRunner
from pytest_harness.tampering import Finding, Guard
from pytest_harness.vocabulary import Fault, Kind, Phase
from pytest_harness.workspace import (
    HistoryEntry,
    Limits,
    Manifest,
    Stage,
    describe,
    layout,
    links_out,
    make_empty,
    render,
    verify_context,
    violations,
    write_context,
)
from pytest_harness.workspace.agent_settings import steering
from pytest_harness.workspace.context import DIRECTORY as CONTEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A candidate between its proposal and its record."""

    id: str
    """Its id."""
    round: int
    """From 1."""
    parent: CandidateRecord
    """What it was made from."""
    proposal: ProposalRecord
    """How it was made."""
    artifacts: Artifacts
    """Where its files are."""
    changes: tuple[FileChange, ...] = ()
    """What differs from the parent."""
    violations: tuple[str, ...] = ()
    """Changes outside the write scope."""
    ignored: tuple[str, ...] = ()
    """New paths that are no part of the diff."""
    links_out: tuple[str, ...] = ()
    """New links that lead out of the workspace."""
    patch: bytes = b""
    """The changes as a patch of the parent."""
    foreign: bool = False
    """Whether processes worked on it, whose intentions are unknown."""
    finding: Finding = field(default_factory=Finding)
    """What it did beside its work."""
    refused: str = ""
    """Why its workspace cannot be taken, in one sentence."""
    notes: tuple[str, ...] = ()
    """Sentences about what was noticed."""


class Drafter:
    """Makes the proposals of one cell."""

    def __init__(self, job: Job, stage: Stage, guard: Guard, phases: Phases) -> None:
        self._job = job
        self._guard = guard
        self._stage = stage
        self._phases = phases
        self._asked: Counter[int] = Counter()

    def draft(
        self, round_: int, parent: CandidateRecord, candidates: Sequence[CandidateRecord]
    ) -> Draft:
        """Let the backend work on a copy of ``parent``, and find out what it changed."""
        job, stage = self._job, self._stage
        id_ = f"c{round_:04d}"
        artifacts = Artifacts(job.artifacts(id_), job.vault)
        inputs = {path: self._input(at, path) for at, path in enumerate(self._inputs, 1)}
        prompt = write_prompt(job.target, round_, job.budget, inputs)
        artifacts.write_prompt(prompt)
        with self._phases.of(round_, Phase.STAGE):
            stage.checkout(parent.id)
            context = self._show(round_, candidates, inputs)
            before = stage.manifest(parent.id)
            job.repositories.install(stage.path, before.digest, job.target.ignore)
        witness = WitnessRunner(job.runner, lambda: self._guard.look(id_, before))
        request = self._request(round_, prompt, artifacts.path, witness)
        if absent := ", ".join(str(path) for path in inputs if not path.is_file()):
            reason = f"the target's input {absent} does not exist; create it or change the inputs"
            proposal = not_made(job.backend, request, Fault.INTERNAL, reason)
        else:
            proposal = self._propose(request, witness)
        artifacts.hide_streams()
        draft = Draft(id=id_, round=round_, parent=parent, proposal=proposal, artifacts=artifacts)
        with self._phases.of(round_, Phase.DIFF):
            finding = self._guard.judge(witness)
            notes: list[str] = []
            if not verify_context(stage.path, context):
                notes.append(f"{id_} changed files below .pytest-harness")
            if witness.runs:
                notes += [f"{id_} {change}" for change in self._guard.repository_changes()]
            # What an agent once made is not to be trusted more when it is played back.
            foreign = witness.runs > 0 or job.replayed
            draft = replace(draft, foreign=foreign, finding=finding, notes=tuple(notes))
            if finding.fatal:
                stage.discard()
                return draft
            try:
                after = stage.keep(id_)
            except SpecialFileError as error:
                stage.discard()
                return replace(draft, refused=str(error))
            return self._compare(draft, before, after)

    def _compare(self, draft: Draft, before: Manifest, after: Manifest) -> Draft:
        """Find out what changed, and whether it was allowed."""
        job, stage = self._job, self._stage
        patch = render(stage.snapshot(draft.parent.id), stage.snapshot(draft.id), before, after)
        draft.artifacts.write_diff(patch.data)
        notes = draft.notes
        if settings := steering(patch.changes):
            notes += (f"{draft.id} changed settings of agents: {', '.join(settings[:5])}",)
        fresh = set(after.ignored) - set(before.ignored)
        if missing := draft.proposal.missing_inputs:
            notes += (f"{draft.id} says that inputs are missing: {', '.join(missing)}",)
        return replace(
            draft,
            changes=patch.changes,
            violations=violations(patch.changes, job.target.writable),
            links_out=links_out(before, after, stage.path),
            ignored=tuple(sorted(path.decode("utf-8", "backslashreplace") for path in fresh)),
            patch=patch.data,
            notes=notes,
        )

    def _request(
        self, round_: int, prompt: str, artifacts: Path, witness: WitnessRunner
    ) -> ProposalRequest:
        """Say what the backend is asked for."""
        job, stage = self._job, self._stage
        scratch = job.scratch / "proposal"
        return ProposalRequest(
            workspace=stage.path,
            prompt=prompt,
            round=round_,
            timeout=job.timeout,
            artifacts=artifacts,
            scratch=scratch,
            runner=witness,
            runtime=job.runtime,
            place=job.place(stage.path, scratch),
            environment=job.environment,
            vault=job.vault,
            solution=job.target.solution,
            cell=job.cell,
            directory=job.directory,
            attempt=self._asked[round_] + 1,
            version=job.version,
            point=job.point,
            ignore=job.target.ignore,
            outside=job.runner,
            ending=job.ending,
            objective=job.target.objective,
            tools=job.target.tools,
            commands=job.target.commands,
            inputs=job.target.inputs,
        )

    def _propose(self, request: ProposalRequest, witness: WitnessRunner) -> ProposalRecord:
        """Ask the backend once there is a slot for it."""
        job = self._job
        make_empty(request.scratch)
        limit = job.backend.max_concurrency
        with contextlib.ExitStack() as held:
            held.callback(make_empty, request.scratch)
            if limit is not None:
                with self._phases.of(request.round, Phase.WAIT):
                    held.enter_context(slot(slot_name(job.backend), limit))
            with self._phases.of(request.round, Phase.PROPOSE):
                return self._ask_inside(request, witness)

    def _ask_inside(self, request: ProposalRequest, witness: WitnessRunner) -> ProposalRecord:
        """Ask the backend within the cell's runtime."""
        job = self._job
        self._asked[request.round] = request.attempt
        with job.runtime.enter(request.place, job.runner) as runner:
            # What a runtime itself leaves behind is not what the agent left.
            witness.watch(runner)
            proposal = _ask(job.backend, request)
        if missing := said_to_be_missing(proposal.answer, self._inputs):
            proposal = proposal.model_copy(update={"missing_inputs": missing})
        if proposal.completed or not job.ending():
            return proposal
        # Whatever it says of itself, it was stopped.
        reason = "the session ended while it was working"
        return proposal.model_copy(update={"fault": Fault.INTERRUPTED, "reason": reason})

    def _show(
        self, round_: int, candidates: Sequence[CandidateRecord], inputs: Mapping[Path, Path]
    ) -> str:
        """Write what the proposer may know into its workspace."""
        job, stage = self._job, self._stage
        history: tuple[HistoryEntry, ...] = ()
        if job.target.kind is Kind.OPTIMIZE:
            history = tuple(map(self._history, candidates))
        snapshot = describe(job.runner, job.environment, job.environment_file)
        return write_context(
            stage.path,
            objective=job.target.objective,
            limits=Limits(
                writable=job.target.writable,
                timeout=job.timeout,
                round=round_,
                budget=job.budget,
            ),
            environment=f"{snapshot.text}\n{layout(stage.path, ignore=job.target.ignore)}",
            history=history,
            evidence=job.target.evidence,
            inputs={path: copy for path, copy in inputs.items() if path.is_file()},
        )

    @property
    def _inputs(self) -> tuple[Path, ...]:
        """The files of the target's inputs."""
        return files_of(self._job.target.inputs)

    def _input(self, number: int, path: Path) -> Path:
        """Return where the agent finds an input: in its workspace, and so in every runtime."""
        return self._stage.path / CONTEXT / "inputs" / f"{number}-{path.name}"

    def _history(self, candidate: CandidateRecord) -> HistoryEntry:
        evaluation = candidate.evaluation
        return HistoryEntry(
            id=candidate.id,
            parent=candidate.parent,
            outcome=candidate.outcome,
            reason=candidate.reason,
            score=candidate.score,
            checks=() if evaluation is None else evaluation.checks,
            diff=Artifacts(self._job.artifacts(candidate.id)).read_diff(),
        )


def _ask(backend: Backend, request: ProposalRequest) -> ProposalRecord:
    """Ask for a proposal; a backend that raises is a fault, not the end of the session."""
    try:
        return backend.propose(request)
    except Exception as error:  # noqa: BLE001 - a backend may be a user's own
        if isinstance(error, HarnessError):
            reason = str(error)
        else:
            raised = f"backend {backend.id!r} raised {type(error).__name__}: {error}"
            reason = disk_trouble(error, request.artifacts) or raised
        return not_made(backend, request, Fault.INTERNAL, reason)
