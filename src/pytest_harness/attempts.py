"""One proposal with all its attempts: a fault on the way to the model may be gone the next time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pytest_harness.allowance.retries import pause_before, retried, wait
from pytest_harness.drafting import Draft, Drafter
from pytest_harness.job import Job
from pytest_harness.phases import Phases
from pytest_harness.records import Attempt, CandidateRecord
from pytest_harness.vocabulary import Phase
from pytest_harness.workspace import Stage


class Attempts:
    """Makes the proposals of one cell, each as often as it takes."""

    def __init__(self, job: Job, stage: Stage, drafter: Drafter, phases: Phases) -> None:
        self._job = job
        self._stage = stage
        self._drafter = drafter
        self._phases = phases

    def draft(
        self, round_: int, parent: CandidateRecord, candidates: Sequence[CandidateRecord]
    ) -> Draft:
        """Make a proposal, every attempt from a fresh copy of ``parent``.

        Each attempt is paid for; no slot is held between two of them.
        """
        allowance = self._job.allowance
        earlier: list[Attempt] = []
        notes: list[str] = []
        while True:
            started = datetime.now(UTC)
            draft = self._drafter.draft(round_, parent, candidates)
            proposal = allowance.settle(draft.proposal)
            proposal = proposal.model_copy(update={"attempts": tuple(earlier)})
            draft = replace(draft, proposal=proposal, notes=(*notes, *draft.notes))
            again = self._again(draft, started, len(earlier))
            if again is None:
                break
            earlier.append(again)
            why = f"{draft.id} was tried again after {again.fault}: {again.reason}"
            notes = [*draft.notes, why]
            self._stage.forget(draft.id)
            draft.artifacts.set_aside(len(earlier))
        notes = [f"{draft.id} {note}" for note in draft.proposal.notes]
        if beyond := allowance.finish(draft.proposal):
            notes.append(f"{draft.id}: {beyond}")
        return replace(draft, notes=(*draft.notes, *notes))

    def _again(self, draft: Draft, started: datetime, earlier: int) -> Attempt | None:
        """Wait, if the proposal is to be tried again, and describe the attempt that failed."""
        job, proposal = self._job, draft.proposal
        fault = proposal.fault
        harmless = not (draft.finding.tampered or draft.finding.violation or draft.refused)
        if fault is None or not harmless or not retried(proposal, earlier, job.retries):
            return None
        pause = 0.0 if job.replayed else pause_before(earlier + 1, proposal.retry_after)
        with self._phases.of(draft.round, Phase.WAIT):
            if not wait(pause, job.ending):
                return None
        refusal = job.allowance.start(
            self._phases.waited, lambda: self._phases.of(draft.round, Phase.WAIT), again=True
        )
        if refusal is not None:
            return None
        return Attempt(
            fault=fault,
            reason=proposal.reason,
            started_at=started,
            duration=proposal.duration,
            pause=pause,
            spent=proposal.spent,
            judged=proposal.judged,
        )
