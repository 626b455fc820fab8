"""The loop: propose, look at what changed, validate, evaluate, keep or discard.

It starts from the baseline, always continues from the best candidate, and keeps only what is
strictly better. It knows nothing of pytest or of ledgers: it is given a stage and a directory for
artifacts, and it returns records.
"""

from __future__ import annotations

from pathlib import Path

from pytest_harness import search
from pytest_harness.allowance.account import Refusal
from pytest_harness.artifacts import Artifacts, keep_once
from pytest_harness.attempts import Attempts
from pytest_harness.checks import Check
from pytest_harness.drafting import Draft, Drafter
from pytest_harness.errors import HarnessError, SessionEndingError
from pytest_harness.grading import grade
from pytest_harness.job import BASELINE, Job
from pytest_harness.phases import Phases
from pytest_harness.records import CandidateRecord, Evaluation, ProposalRecord
from pytest_harness.tampering import Guard
from pytest_harness.vocabulary import Ended, Fault, Kind, Oracle, Outcome, Phase
from pytest_harness.workspace import Stage, render

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
        self.refusal: Refusal | None = None
        """Why no further proposal was made, though the budget was not spent."""
        self.patch = b""
        """The best candidate as a patch of the baseline; empty if that is the best."""
        self._phases = Phases(job.on_phase)

    def run(self) -> None:
        """Spend the budget; the result is in the attributes.

        Raises `HarnessError` if the workspace cannot be staged or processes cannot be supervised.
        """
        try:
            guard = Guard(self.job, self.stage)
            guard.admit()
            drafter = Drafter(self.job, self.stage, guard, self._phases)
            attempts = Attempts(self.job, self.stage, drafter, self._phases)
            self.candidates.append(self._baseline())
            while not self._finished():
                if self.job.ending():
                    raise SessionEndingError("the session ended before the budget was spent")
                self.refusal = self._refusal()
                if self.refusal is not None:
                    break
                self.candidates.append(self._propose(len(self.candidates), attempts, guard))
                if self.tampered is not None:
                    return
            self._keep_winner()
            self.tampered = guard.final() or None
            if escaped := self.job.sweep():
                self.notes.append(f"{escaped} processes were still alive at the end and were ended")
        finally:
            self.job.allowance.close()
            self.stage.close()

    def _refusal(self) -> Refusal | None:
        """Ask whether a proposal may start; this can wait for others to end."""
        round_ = len(self.candidates)
        return self.job.allowance.start(
            self._phases.waited, lambda: self._phases.of(round_, Phase.WAIT)
        )

    @property
    def waited(self) -> float:
        """Seconds spent waiting for a slot."""
        return self._phases.waited

    def _finished(self) -> bool:
        job = self.job
        if job.oracle is None:
            return search.finished(self.candidates, job.budget, job.target.kind)
        return len(self.candidates) > job.budget or self.candidates[0].fault is not None

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
        keep_once(original, self.job.original, self.job.vault)

    def _baseline(self) -> CandidateRecord:
        job = self.job
        with self._phases.of(0, Phase.STAGE):
            self.stage.admit(BASELINE, job.target.workspace, job.target.layers)
        with self._phases.of(0, Phase.EVALUATE):
            evaluation = job.baseline(lambda: grade(job, self.stage, BASELINE, job.target.checks))
        fault, reason = self._unscored(evaluation)
        broken = f"the baseline is broken: {reason}"
        record = CandidateRecord(
            id=BASELINE,
            outcome=Outcome.BASELINE,
            fault=fault,
            reason=broken if fault is Fault.INTERNAL else reason,
            score=evaluation.score,
            evaluation=evaluation,
            durations=self._phases.take(),
            artifacts=self._relative(job.artifacts(BASELINE)),
        )
        Artifacts(job.artifacts(BASELINE), job.vault).write_record(record)
        return record

    def _propose(self, round_: int, attempts: Attempts, guard: Guard) -> CandidateRecord:
        examined = self.job.oracle is not None
        parent = self.candidates[0] if examined else search.parent(self.candidates)
        draft = attempts.draft(round_, parent, self.candidates)
        self.notes += draft.notes
        if draft.finding.fatal:
            self.tampered = f"{draft.id} {draft.finding.tampered}"
        if draft.foreign:
            guard.look_at_run(draft.id)
        try:
            record = self._decide(draft)
        except BaseException:
            self.candidates.append(self._cut_short(draft))
            raise
        if draft.foreign and self.tampered is None and (changed := guard.judge_checks()):
            self.tampered = f"{draft.id} {changed}"
            update = {"outcome": Outcome.TAMPERED, "reason": f"the candidate {changed}"}
            record = record.model_copy(update=update)
        draft.artifacts.write_record(record)
        if record.outcome is Outcome.KEEP:
            self.patch = draft.patch if draft.parent.id == BASELINE else b""
        return record

    def _cut_short(self, draft: Draft) -> CandidateRecord:
        """Keep what was paid for where something from outside ends the checks."""
        return CandidateRecord(
            id=draft.id,
            parent=draft.parent.id,
            outcome=Outcome.CRASH,
            fault=Fault.INTERRUPTED,
            reason="its checks did not come to their end",
            proposal=draft.proposal,
            changes=draft.changes[:MAX_CHANGES],
            changed_files=len(draft.changes),
            durations=self._phases.take(),
            artifacts=self._relative(draft.artifacts.path),
        )

    @property
    def _kind(self) -> Kind:
        """What decides whether a proposal without changes is graded; one that tests that is."""
        return Kind.TASK if self.job.oracle is Oracle.NOOP else self.job.target.kind

    def _decide(self, draft: Draft) -> CandidateRecord:
        """Find the outcome; the checks run only where nothing else has decided."""
        outcome, fault, reason = _verdict(draft, self._kind)
        validation = evaluation = None
        if outcome is None and self.job.target.validation:
            with self._phases.of(draft.round, Phase.VALIDATE):
                validation = self._grade(draft, self.job.target.validation, hidden=False)
            fault, reason = self._unscored(validation)
            found = () if validation is None else validation.checks
            failed = [check for check in found if check.score != 1.0]
            if fault is not None:
                outcome = Outcome.CRASH
            elif failed:
                outcome = Outcome.INVALID
                reason = f"validation {failed[0].name!r}: {failed[0].reason}"
        if outcome is None:
            with self._phases.of(draft.round, Phase.EVALUATE):
                evaluation = self._grade(draft, self.job.target.checks)
            fault, reason = self._unscored(evaluation)
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
            violations=(*draft.violations, *draft.links_out)[:MAX_CHANGES],
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

    def _grade(
        self, draft: Draft, checks: tuple[Check, ...], *, hidden: bool = True
    ) -> Evaluation | None:
        """Evaluate a draft; ``None`` if the session ended meanwhile: what was paid for is kept."""
        try:
            return grade(self.job, self.stage, draft.id, checks, draft.proposal, hidden=hidden)
        except HarnessError:
            if not self.job.ending():
                raise
            return None

    def _unscored(self, evaluation: Evaluation | None) -> tuple[Fault | None, str]:
        """Say why there is no score; a check without one is no bad score of the agent."""
        if evaluation is not None and not evaluation.unscored:
            return None, ""
        if evaluation is None or self.job.ending():
            return Fault.INTERRUPTED, "the session ended before all checks had run"
        check = evaluation.unscored[0]
        return Fault.INTERNAL, f"check {check.name!r}: {check.reason}"

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.job.run).as_posix()


def _verdict(draft: Draft, kind: Kind) -> tuple[Outcome | None, Fault | None, str]:
    """Decide what can be decided without running a check."""
    proposal = draft.proposal
    if proposal.fault is Fault.INTERRUPTED:
        return Outcome.CRASH, proposal.fault, proposal.reason
    if draft.finding.tampered:
        return Outcome.TAMPERED, None, f"the proposal {draft.finding.tampered}"
    if proposal.ended in {Ended.TIMEOUT, Ended.SILENCE}:
        return Outcome.TIMEOUT, proposal.fault, proposal.reason or _how_it_ended(proposal)
    if proposal.fault is not None or not proposal.completed:
        return Outcome.CRASH, proposal.fault, proposal.reason or _how_it_ended(proposal)
    if draft.refused:
        return Outcome.INVALID, None, draft.refused
    if draft.violations:
        listed = ", ".join(draft.violations[:5])
        return Outcome.SCOPE_VIOLATION, None, f"changed outside the write scope: {listed}"
    if draft.links_out:
        listed = ", ".join(draft.links_out[:5])
        return Outcome.SCOPE_VIOLATION, None, f"made links that lead out: {listed}"
    if draft.finding.violation:
        return Outcome.SCOPE_VIOLATION, None, f"the proposal {draft.finding.violation}"
    if not draft.changes and kind is Kind.OPTIMIZE:
        return Outcome.NO_CHANGE, None, "the proposal changed nothing"
    return None, None, ""


def _how_it_ended(proposal: ProposalRecord) -> str:
    """Say what ended a program where its backend does not."""
    if proposal.ended is Ended.TIMEOUT:
        return "it was still running at its time limit"
    if proposal.ended is Ended.SILENCE:
        return "it was silent for too long"
    if proposal.ended is Ended.LIMIT:
        return "it was killed by a limit of its runtime"
    if proposal.signal is not None:
        return f"it was ended by signal {proposal.signal}"
    if proposal.exit is not None:
        return f"it ended with exit code {proposal.exit}"
    return "the backend says that it did not complete, and not why"


def _why_discarded(record: CandidateRecord, champion: CandidateRecord) -> str:
    if record.evaluation is not None and not record.evaluation.eligible:
        missed = [c.name for c in record.evaluation.checks if c.required and c.score != 1.0]
        return f"misses full marks in the required {', '.join(missed)}"
    return f"not better than {champion.id}"
