"""The loop: propose, look at what changed, validate, evaluate, keep or discard.

It starts from the baseline, always continues from the best candidate, and keeps only what is
strictly better. It knows nothing of pytest or of ledgers: it is given a stage and a directory for
artifacts, and it returns records.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_harness import search
from pytest_harness.artifacts import Artifacts, keep_once
from pytest_harness.backends.base import Backend, ProposalRequest
from pytest_harness.checks import Check, CheckContext
from pytest_harness.checks.evaluate import SCRATCH, evaluate
from pytest_harness.errors import SpecialFileError
from pytest_harness.prompt import write_prompt
from pytest_harness.records import CandidateRecord, Evaluation, FileChange, ProposalRecord
from pytest_harness.runtime import Runner, base_environment, slot
from pytest_harness.target import ResolvedTarget
from pytest_harness.vocabulary import Ended, Fault, Kind, Outcome, Phase
from pytest_harness.workspace import (
    HistoryEntry,
    Limits,
    Manifest,
    Repositories,
    Stage,
    compare,
    describe,
    layout,
    make_empty,
    render,
    scan,
    verify_context,
    violations,
    write_context,
)

MAX_CHANGES = 500
"""Changed paths that a record lists."""

BASELINE = "c0000"
"""Id of the baseline."""

BaselineSource = Callable[[Callable[[], Evaluation]], Evaluation]
"""Gives the evaluation of a baseline, by calling the function or from an earlier call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that one cell's loop needs."""

    target: ResolvedTarget
    """What is under test."""
    backend: Backend
    """Who proposes."""
    budget: int
    """How many proposals may be spent."""
    timeout: float
    """Seconds for one proposal."""
    stage: Path
    """The cell's own directory, below which it is staged; removed at the end."""
    shared: Path
    """A directory that the session's processes share for its time."""
    scratch: Path
    """A directory of this process for checks and agents, emptied whenever it changes hands."""
    run: Path
    """The run's directory; artifacts are named relative to it."""
    artifacts: Callable[[str], Path]
    """Makes the artifact directory of a candidate."""
    original: Path
    """Where the workspace as it was is kept once there is a winner; shared between cells."""
    runner: Runner
    """Runs processes."""
    environment: Mapping[str, str]
    """The session's environment."""
    repositories: Repositories
    """Templates of repositories."""
    baseline: BaselineSource = field(default=lambda evaluate_it: evaluate_it())
    """Shares the evaluation of a task's baseline between its cells."""
    on_phase: Callable[[int, Phase], None] = field(default=lambda _round, _phase: None)
    """Told whenever the cell does something else: the round, from 0, and the phase."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A candidate between its proposal and its record."""

    id: str
    round: int
    parent: CandidateRecord
    proposal: ProposalRecord
    artifacts: Artifacts
    changes: tuple[FileChange, ...]
    violations: tuple[str, ...]
    ignored: tuple[str, ...]
    patch: bytes = b""
    refused: str = ""


class Loop:
    """One cell, from its baseline to its last candidate."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stage = Stage(job.stage, job.target.ignore)
        self.candidates: list[CandidateRecord] = []
        """What is finished; readable after an interrupt."""
        self.notes: list[str] = []
        """Sentences about what was noticed."""
        self.tampered: str | None = None
        """What was found changed that no proposal may change."""
        self.patch = b""
        """The best candidate as a patch of the baseline; empty if that is the best."""
        self._durations: dict[Phase, float] = {}
        self._waited = 0.0

    def run(self) -> None:
        """Spend the budget; the result is in the attributes.

        Raises `HarnessError` if the workspace cannot be staged or processes cannot be supervised.
        """
        try:
            sources = self._sources()
            self.candidates.append(self._baseline())
            while not search.finished(self.candidates, self.job.budget, self.job.target.kind):
                self.candidates.append(self._propose(len(self.candidates)))
            self._keep_winner()
            self._prove_unchanged(sources)
        finally:
            self.stage.close()

    @property
    def waited(self) -> float:
        """Seconds spent waiting for a slot."""
        return self._waited

    def _keep_winner(self) -> None:
        """Render the best candidate as a patch of the baseline, and keep the baseline whole."""
        winner = search.best(self.candidates)
        if winner.id == BASELINE:
            return
        original = self.stage.snapshot(BASELINE)
        self.patch = (
            self.patch
            or render(
                original,
                self.stage.snapshot(winner.id),
                self.stage.manifest(BASELINE),
                self.stage.manifest(winner.id),
            ).data
        )
        keep_once(original, self.job.original)

    def _sources(self) -> dict[Path, Manifest]:
        """Scan what the target is made from, to prove at the end that it is as it was."""
        target = self.job.target
        return {
            path: scan(path, target.ignore)
            for path in (target.workspace, *target.layers, *target.hidden)
        }

    @contextlib.contextmanager
    def _phase(self, round_: int, phase: Phase) -> Iterator[None]:
        self.job.on_phase(round_, phase)
        start = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - start
            self._durations[phase] = self._durations.get(phase, 0.0) + spent
            if phase is Phase.WAIT:
                self._waited += spent

    def _baseline(self) -> CandidateRecord:
        job, self._durations = self.job, {}
        with self._phase(0, Phase.STAGE):
            self.stage.admit(BASELINE, job.target.workspace, job.target.layers)
        with self._phase(0, Phase.EVALUATE):
            evaluation = job.baseline(lambda: self._grade(BASELINE, job.target.checks))
        fault, reason = _unscored(evaluation)
        record = CandidateRecord(
            id=BASELINE,
            outcome=Outcome.BASELINE,
            fault=fault,
            reason=reason and f"the baseline is broken: {reason}",
            score=evaluation.score,
            evaluation=evaluation,
            durations=self._durations,
            artifacts=self._relative(job.artifacts(BASELINE)),
        )
        Artifacts(job.artifacts(BASELINE)).write_record(record)
        return record

    def _propose(self, round_: int) -> CandidateRecord:
        self._durations = {}
        draft = self._draft(round_)
        record = self._decide(draft)
        draft.artifacts.write_record(record)
        if record.outcome is Outcome.KEEP:
            self.patch = draft.patch if draft.parent.id == BASELINE else b""
        return record

    def _draft(self, round_: int) -> _Draft:
        """Let the backend work on a copy of the parent, and find out what it changed."""
        job = self.job
        id_ = f"c{round_:04d}"
        parent = search.parent(self.candidates)
        artifacts = Artifacts(job.artifacts(id_))
        prompt = write_prompt(job.target, round_, job.budget)
        artifacts.write_prompt(prompt)
        with self._phase(round_, Phase.STAGE):
            self.stage.checkout(parent.id)
            context = self._show(round_)
            before = self.stage.manifest(parent.id)
            job.repositories.install(self.stage.path, before.digest, job.target.ignore)
            scratch = job.scratch / "proposal"
            make_empty(scratch)
        limit = job.backend.max_concurrency
        with contextlib.ExitStack() as held:
            held.callback(make_empty, scratch)
            if limit is not None:
                with self._phase(round_, Phase.WAIT):
                    held.enter_context(slot(job.backend.id, limit))
            with self._phase(round_, Phase.PROPOSE):
                request = ProposalRequest(
                    workspace=self.stage.path,
                    prompt=prompt,
                    round=round_,
                    timeout=job.timeout,
                    artifacts=artifacts.path,
                    scratch=scratch,
                    runner=job.runner,
                    environment=job.environment,
                    solution=job.target.solution,
                )
                proposal = _ask(job.backend, request)
        with self._phase(round_, Phase.DIFF):
            if not verify_context(self.stage.path, context):
                self.notes.append(f"{id_} changed files below .pytest-harness")
            try:
                after = self.stage.keep(id_)
            except SpecialFileError as error:
                self.stage.discard()
                return _Draft(
                    id_, round_, parent, proposal, artifacts, (), (), (), refused=str(error)
                )
            patch = render(self.stage.snapshot(parent.id), self.stage.snapshot(id_), before, after)
            artifacts.write_diff(patch.data)
        fresh = set(after.ignored) - set(before.ignored)
        return _Draft(
            id_,
            round_,
            parent,
            proposal,
            artifacts,
            patch.changes,
            violations(patch.changes, job.target.writable),
            tuple(sorted(path.decode("utf-8", "backslashreplace") for path in fresh)),
            patch.data,
        )

    def _show(self, round_: int) -> str:
        """Write what the proposer may know into its workspace."""
        job = self.job
        history: tuple[HistoryEntry, ...] = ()
        if job.target.kind is Kind.OPTIMIZE:
            history = tuple(map(self._history, self.candidates))
        snapshot = describe(job.runner, job.environment, job.shared / "environment.json")
        return write_context(
            self.stage.path,
            objective=job.target.objective,
            limits=Limits(
                writable=job.target.writable,
                timeout=job.timeout,
                round=round_,
                budget=job.budget,
            ),
            environment=f"{snapshot.text}\n{layout(self.stage.path, ignore=job.target.ignore)}",
            history=history,
            evidence=job.target.evidence,
        )

    def _history(self, candidate: CandidateRecord) -> HistoryEntry:
        hidden_from_agent = candidate.evaluation is None
        return HistoryEntry(
            id=candidate.id,
            parent=candidate.parent,
            outcome=candidate.outcome,
            reason=candidate.reason,
            score=candidate.score,
            checks=() if hidden_from_agent else candidate.evaluation.checks,  # type: ignore[union-attr]
            diff=Artifacts(self.job.artifacts(candidate.id)).read_diff(),
        )

    def _decide(self, draft: _Draft) -> CandidateRecord:
        """Find the outcome; the checks run only where nothing else has decided."""
        outcome, fault, reason = _verdict(draft, self.job.target.kind)
        validation = evaluation = None
        if outcome is None and self.job.target.validation:
            with self._phase(draft.round, Phase.VALIDATE):
                validation = self._grade(
                    draft.id, self.job.target.validation, draft.proposal, hidden=False
                )
            fault, reason = _unscored(validation)
            failed = [check for check in validation.checks if check.score != 1.0]
            if fault is not None:
                outcome = Outcome.CRASH
            elif failed:
                outcome = Outcome.INVALID
                reason = f"validation {failed[0].name!r}: {failed[0].reason}"
        if outcome is None:
            with self._phase(draft.round, Phase.EVALUATE):
                evaluation = self._grade(draft.id, self.job.target.checks, draft.proposal)
            fault, reason = _unscored(evaluation)
            if fault is not None:
                outcome = Outcome.CRASH
        record = CandidateRecord(
            id=draft.id,
            parent=draft.parent.id,
            outcome=outcome or Outcome.DISCARD,
            fault=fault,
            reason=reason,
            score=None if evaluation is None else evaluation.score,
            proposal=draft.proposal,
            validation=validation,
            evaluation=evaluation,
            changes=draft.changes[:MAX_CHANGES],
            changed_files=len(draft.changes),
            violations=draft.violations[:MAX_CHANGES],
            ignored=draft.ignored[:MAX_CHANGES],
            durations=self._durations,
            artifacts=self._relative(draft.artifacts.path),
        )
        if outcome is not None:
            return record
        champion = search.best(self.candidates)
        if search.better(record, champion):
            return record.model_copy(update={"outcome": Outcome.KEEP})
        if not draft.changes:
            return record.model_copy(update={"outcome": Outcome.NO_CHANGE})
        return record.model_copy(update={"reason": _why_discarded(record, champion)})

    def _grade(
        self,
        id_: str,
        checks: tuple[Check, ...],
        proposal: ProposalRecord | None = None,
        *,
        hidden: bool = True,
    ) -> Evaluation:
        """Run checks on a throw-away copy of a candidate at the stage."""
        job = self.job
        layers = job.target.hidden if hidden else ()
        scratch = job.scratch / "checks"
        home, temporary = scratch / "home", scratch / "tmp"
        make_empty(scratch, ("home", "tmp", SCRATCH))
        try:
            with self.stage.evaluation(id_, layers) as workspace:
                context = CheckContext(
                    workspace=workspace,
                    original=self.stage.snapshot(BASELINE),
                    hidden=layers,
                    changes=compare(self.stage.manifest(BASELINE), self.stage.manifest(id_)),
                    answer=None if proposal is None else proposal.answer or "",
                    tool_calls=None if proposal is None else proposal.tool_calls,
                    runner=job.runner,
                    env=base_environment(job.environment, home, temporary, job.target.env),
                    scratch=scratch,
                )
                return evaluate(checks, context, job.target.overlays, self.stage.overlaid)
        finally:
            # What checks leave is not for the next proposal to see.
            make_empty(scratch, ("home", "tmp", SCRATCH))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.job.run).as_posix()

    def _prove_unchanged(self, before: Mapping[Path, Manifest]) -> None:
        """Note what was changed that the cell only reads."""
        changed = [
            str(path)
            for path, manifest in self._sources().items()
            if manifest.digest != before[path].digest
        ]
        kept = scan(self.stage.snapshot(BASELINE), self.job.target.ignore)
        if kept.digest != self.stage.manifest(BASELINE).digest:
            changed.append("the baseline")
        if changed:
            self.tampered = f"changed while the cell ran: {', '.join(changed)}"


def _ask(backend: Backend, request: ProposalRequest) -> ProposalRecord:
    """Ask for a proposal; a backend that raises is a fault, not the end of the session."""
    try:
        return backend.propose(request)
    except Exception as error:  # noqa: BLE001 - a backend may be a user's own
        return ProposalRecord(
            backend=backend.id,
            provider=backend.provider,
            model=backend.model,
            runtime=backend.runtime,
            cwd=str(request.workspace),
            completed=False,
            fault=Fault.INTERNAL,
            reason=f"backend {backend.id!r} raised {type(error).__name__}: {error}",
        )


def _verdict(draft: _Draft, kind: Kind) -> tuple[Outcome | None, Fault | None, str]:
    """Decide what can be decided without running a check."""
    proposal = draft.proposal
    if proposal.ended in {Ended.TIMEOUT, Ended.SILENCE}:
        return Outcome.TIMEOUT, proposal.fault, proposal.reason
    if proposal.fault is not None or not proposal.completed:
        return Outcome.CRASH, proposal.fault, proposal.reason
    if draft.refused:
        return Outcome.INVALID, None, draft.refused
    if draft.violations:
        listed = ", ".join(draft.violations[:5])
        return Outcome.SCOPE_VIOLATION, None, f"changed outside the write scope: {listed}"
    if not draft.changes and kind is Kind.OPTIMIZE:
        return Outcome.NO_CHANGE, None, "the proposal changed nothing"
    return None, None, ""


def _unscored(evaluation: Evaluation) -> tuple[Fault | None, str]:
    """A check without a score is a fault of the benchmark, not a bad score."""
    if not evaluation.unscored:
        return None, ""
    check = evaluation.unscored[0]
    return Fault.INTERNAL, f"check {check.name!r}: {check.reason}"


def _why_discarded(record: CandidateRecord, champion: CandidateRecord) -> str:
    if record.evaluation is not None and not record.evaluation.eligible:
        missed = [c.name for c in record.evaluation.checks if c.required and c.score != 1.0]
        return f"misses full marks in the required {', '.join(missed)}"
    return f"not better than {champion.id}"
