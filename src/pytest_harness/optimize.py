"""The loop: propose, look at what changed, validate, evaluate, keep or discard.

It starts from the baseline, always continues from the best candidate, and keeps only what is
strictly better. It knows nothing of pytest or of ledgers: it is given a stage and a directory for
artifacts, and it returns records.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_harness import search
from pytest_harness.artifacts import Artifacts, keep_once
from pytest_harness.drafting import Draft, Drafter
from pytest_harness.grading import grade
from pytest_harness.job import BASELINE, Job
from pytest_harness.phases import Phases
from pytest_harness.records import CandidateRecord, Evaluation
from pytest_harness.vocabulary import Ended, Fault, Kind, Outcome, Phase
from pytest_harness.workspace import Manifest, Stage, render, scan

MAX_CHANGES = 500
"""Changed paths that a record lists."""


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
        self._phases = Phases(job.on_phase)
        self._drafter = Drafter(job, self.stage, self._phases)

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
        return self._phases.waited

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

    def _baseline(self) -> CandidateRecord:
        job = self.job
        with self._phases.of(0, Phase.STAGE):
            self.stage.admit(BASELINE, job.target.workspace, job.target.layers)
        with self._phases.of(0, Phase.EVALUATE):
            evaluation = job.baseline(lambda: grade(job, self.stage, BASELINE, job.target.checks))
        fault, reason = _unscored(evaluation)
        record = CandidateRecord(
            id=BASELINE,
            outcome=Outcome.BASELINE,
            fault=fault,
            reason=reason and f"the baseline is broken: {reason}",
            score=evaluation.score,
            evaluation=evaluation,
            durations=self._phases.take(),
            artifacts=self._relative(job.artifacts(BASELINE)),
        )
        Artifacts(job.artifacts(BASELINE)).write_record(record)
        return record

    def _propose(self, round_: int) -> CandidateRecord:
        parent = search.parent(self.candidates)
        draft = self._drafter.draft(round_, parent, self.candidates)
        self.notes += draft.notes
        record = self._decide(draft)
        draft.artifacts.write_record(record)
        if record.outcome is Outcome.KEEP:
            self.patch = draft.patch if draft.parent.id == BASELINE else b""
        return record

    def _decide(self, draft: Draft) -> CandidateRecord:
        """Find the outcome; the checks run only where nothing else has decided."""
        outcome, fault, reason = _verdict(draft, self.job.target.kind)
        validation = evaluation = None
        if outcome is None and self.job.target.validation:
            with self._phases.of(draft.round, Phase.VALIDATE):
                validation = grade(
                    self.job,
                    self.stage,
                    draft.id,
                    self.job.target.validation,
                    draft.proposal,
                    hidden=False,
                )
            fault, reason = _unscored(validation)
            failed = [check for check in validation.checks if check.score != 1.0]
            if fault is not None:
                outcome = Outcome.CRASH
            elif failed:
                outcome = Outcome.INVALID
                reason = f"validation {failed[0].name!r}: {failed[0].reason}"
        if outcome is None:
            with self._phases.of(draft.round, Phase.EVALUATE):
                evaluation = grade(
                    self.job, self.stage, draft.id, self.job.target.checks, draft.proposal
                )
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
            durations=self._phases.take(),
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


def _verdict(draft: Draft, kind: Kind) -> tuple[Outcome | None, Fault | None, str]:
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
