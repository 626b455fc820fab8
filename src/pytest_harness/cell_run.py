"""Computing one cell, from `started` to what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_harness.allowance.cell import CellAllowance
from pytest_harness.backends.base import Probe
from pytest_harness.baselines import evaluate_once
from pytest_harness.cell_request import CellRequest
from pytest_harness.cell_summary import summarize
from pytest_harness.errors import HarnessError
from pytest_harness.ids import clean
from pytest_harness.job import BaselineSource, Job
from pytest_harness.ledger import BEST_PATCH
from pytest_harness.ledger.files import disk_trouble, explained, write_whole
from pytest_harness.ledger.seals import RunSeals
from pytest_harness.optimize import Loop
from pytest_harness.records import CellRecord
from pytest_harness.vocabulary import CellStatus, Fault, Kind, Phase

if TYPE_CHECKING:
    from pytest_harness.cell import Workshop

PATCH_NOTE = (
    "the best patch holds [hidden] in place of secrets, so that it may not apply to what has them"
)
"""Said of a cell whose winner touches lines with secrets."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a cell says nothing about the agent, beyond the faults of its candidates."""

    fault: Fault
    """Its class."""
    reason: str
    """One sentence."""
    withheld: bool = False
    """Whether a cap, or too many faults in a row, kept proposals from being made."""

    def mark(self, record: CellRecord) -> CellRecord:
        """Return ``record`` with this failure."""
        update = {"fault": self.fault, "reason": self.reason, "withheld": self.withheld}
        return record.model_copy(update=update)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """One cell that is being computed, under the lock of its directory."""

    workshop: Workshop
    """What this process has for computing cells."""
    request: CellRequest
    """What is wanted."""
    probe: Probe
    """What is known of the backend."""
    fingerprint: str
    """Of all that the result depends on."""
    baseline: str
    """The same for the baseline's evaluation."""
    directory: Path
    """The cell's directory."""

    def compute(self) -> CellRecord:
        """Spend what the cell may spend, and write what came of it.

        What goes wrong inside the cell is in the record. What ends the process from outside, and
        errors of our own, are written down and come out of here.
        """
        started = self._started()
        self.workshop.writer.start(self.directory, started)
        hindrance = self._hindrance()
        if hindrance is not None:
            return self._finish(hindrance.mark(started))
        try:
            loop = Loop(self._job())
        except HarnessError as error:
            return self._finish(_Failure(Fault.INTERNAL, str(error)).mark(started))
        return self._run(started, loop)

    def _started(self) -> CellRecord:
        request, writer = self.request, self.workshop.writer
        return CellRecord(
            key=request.key,
            target=request.target.name,
            target_id=request.target_id,
            id=request.id,
            directory=request.directory,
            point=request.point,
            kind=request.target.kind,
            budget=request.budget,
            runtime=request.runtime.name,
            fingerprint=self.fingerprint,
            status=CellStatus.STARTED,
            session=writer.session,
            worker=writer.worker,
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            workspace=os.path.relpath(request.target.workspace, request.root),
            backend_version=self.probe.version,
            lacks=self.probe.lacks,
        )

    def _hindrance(self) -> _Failure | None:
        """Say why the cell cannot begin; ``None`` if it can."""
        found = self.workshop.probe_runtime(self.request.runtime)
        if not found.ready:
            reason = f"the runtime {found.runtime} cannot be had: {found.missing}; {found.remedy}"
            return _Failure(Fault.UNSUPPORTED, reason)
        if not self.probe.ready:
            remedy = f"; {self.probe.remedy}" if self.probe.remedy else ""
            return _Failure(Fault.UNAVAILABLE, f"{self.probe.missing}{remedy}")
        refusal = self.workshop.account.refusal(self.request.backend.id)
        return None if refusal is None else _Failure(refusal.fault, refusal.reason, withheld=True)

    @property
    def _original(self) -> Path:
        """Where the workspace as it was is kept, for all cells that start from it."""
        return self.directory.parent / f"original-{self.baseline}"

    def _job(self) -> Job:
        shop, request, directory = self.workshop, self.request, self.directory
        return Job(
            target=request.target,
            backend=request.backend,
            runtime=request.runtime,
            budget=request.budget,
            timeout=request.limit,
            retries=request.retries,
            allowance=CellAllowance(
                account=shop.account,
                target=request.target.name,
                backend=request.backend.id,
                model=request.backend.model,
                price=request.price,
                cell_caps=request.target.cell_caps,
                proposal_caps=request.target.proposal_caps,
                ending=shop.ending,
            ),
            stage=shop.temporary / clean(request.target_id, 40) / request.directory,
            shared=shop.temporary,
            scratch=shop.temporary / f"scratch-{shop.writer.worker}",
            run=shop.writer.path,
            artifacts=lambda name: shop.writer.artifacts(directory, name),
            original=self._original,
            runner=shop.runner,
            environment=shop.environment,
            graders=shop.graders,
            repositories=shop.repositories,
            vault=shop.writer.vault,
            project=request.root,
            baseline=self._baseline_source(),
            oracle=request.oracle,
            run_seals=RunSeals(shop.writer.path, directory, shop.finished),
            sweep=shop.sweep,
            ending=shop.ending,
            on_phase=self._show(),
            cell=request.key,
            directory=f"{request.target_id}/{request.directory}",
            version=self.probe.version,
            point=request.point,
        )

    def _baseline_source(self) -> BaselineSource:
        """Evaluate the baseline of a task, or for oracles, once for all its cells."""
        if self.request.target.kind is not Kind.TASK and self.request.oracle is None:
            return lambda evaluate: evaluate()
        file = self.directory.parent / f"baseline-{self.baseline}.json"
        return lambda evaluate: evaluate_once(file, self.workshop.writer.vault, evaluate)

    def _show(self) -> Callable[[int, Phase], None]:
        request = self.request
        name = f"{request.target.name}[{request.id}]"

        def show(round_: int, phase: Phase) -> None:
            where = f"proposal {round_}/{request.budget}" if round_ else "baseline"
            self.workshop.writer.show_phase(f"{name} {where}: {phase}")

        return show

    def _run(self, started: CellRecord, loop: Loop) -> CellRecord:
        """Run the loop, and write what came of it however it ends."""
        try:
            loop.run()
            started = self._with_patch(started, loop)
        except HarnessError as error:
            fault = Fault.INTERRUPTED if self.workshop.ending() else Fault.INTERNAL
            return self._close(started, loop, _Failure(fault, str(error)))
        except Exception as error:
            if reason := disk_trouble(error, self.directory):
                return self._close(started, loop, _Failure(Fault.INTERNAL, reason))
            reason = f"an error of pytest-harness: {type(error).__name__}: {error}"
            self._close(started, loop, _Failure(Fault.INTERNAL, reason))
            raise
        except BaseException as error:
            reason = f"ended from outside: {str(error) or type(error).__name__}"
            self._close(started, loop, _Failure(Fault.INTERRUPTED, reason))
            raise
        finally:
            self.workshop.writer.show_phase(None)
        if loop.refusal is None:
            return self._close(started, loop)
        fault, reason = loop.refusal.fault, loop.refusal.reason
        withheld = fault is not Fault.INTERRUPTED
        return self._close(started, loop, _Failure(fault, reason, withheld=withheld))

    def _with_patch(self, started: CellRecord, loop: Loop) -> CellRecord:
        """Write the winner's patch down, if there is a winner."""
        if not loop.patch:
            return started
        writer = self.workshop.writer
        patch = writer.vault.hide_bytes(loop.patch)
        if patch != loop.patch:
            loop.notes.append(PATCH_NOTE)
        with explained(self.directory / BEST_PATCH):
            write_whole(self.directory / BEST_PATCH, patch, sync=False)
        kept = self._original.relative_to(writer.path).as_posix()
        return started.model_copy(update={"original": kept})

    def _close(
        self, started: CellRecord, loop: Loop, failure: _Failure | None = None
    ) -> CellRecord:
        """Write what came of a loop; tampering outweighs the reason of a failure."""
        record = summarize(started, tuple(loop.candidates), loop.tampered)
        record = record.model_copy(update={"notes": tuple(loop.notes)})
        if failure is not None:
            record = replace(failure, reason=loop.tampered or failure.reason).mark(record)
        return self._finish(record, waited=loop.waited)

    def _finish(self, record: CellRecord, waited: float = 0.0) -> CellRecord:
        now = datetime.now(UTC)
        spent = (now - record.started_at).total_seconds() - waited
        update = {"status": CellStatus.FINISHED, "ended_at": now, "duration": max(0.0, spent)}
        return self.workshop.writer.finish(self.directory, record.model_copy(update=update))
