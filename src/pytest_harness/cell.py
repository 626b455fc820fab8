"""One cell exactly once, whoever asks and however often.

A cell is computed under a kernel lock on its directory. Its record is written as `started` before
anything is spent, so that a process that dies in it is not followed by another that buys it again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pytest_harness import search
from pytest_harness.allowance.account import Account
from pytest_harness.allowance.cell import CellAllowance
from pytest_harness.allowance.prices import Price
from pytest_harness.backends.base import Backend, Probe
from pytest_harness.backends.probe import probe_in
from pytest_harness.errors import HarnessError, SessionEndingError
from pytest_harness.fingerprint import baseline_parts, cell_parts, digest
from pytest_harness.ids import clean
from pytest_harness.job import Job
from pytest_harness.ledger import BEST_PATCH, RunWriter
from pytest_harness.ledger.files import explained, no_room, sentence, write_whole
from pytest_harness.ledger.hiding import hidden
from pytest_harness.ledger.seals import RunSeals
from pytest_harness.optimize import Loop
from pytest_harness.records import (
    CandidateRecord,
    CellRecord,
    Evaluation,
    Point,
    Spending,
    Spent,
)
from pytest_harness.runtime import Runner, exclusive
from pytest_harness.runtime.base import Runtime, RuntimeProbe
from pytest_harness.target import ResolvedTarget
from pytest_harness.vocabulary import CellStatus, Fault, Kind, Oracle, Outcome, Phase
from pytest_harness.workspace import Repositories

PATCH_NOTE = (
    "the best patch holds [hidden] in place of secrets, so that it may not apply to what has them"
)
"""Said of a cell whose winner touches lines with secrets."""


class CellLostError(HarnessError):
    """The process that ran the cell died; it is not run again in this session."""


class FingerprintError(HarnessError):
    """Two requests for one cell would give different results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRequest:
    """A cell that somebody wants."""

    key: str
    """Identity within the project."""
    target_id: str
    """The target's directory name."""
    id: str
    """The cell's id."""
    directory: str
    """The cell's directory name."""
    point: Point
    """Where in the matrix it lies."""
    target: ResolvedTarget
    """What is under test."""
    backend: Backend
    """Who proposes."""
    runtime: Runtime
    """Where agents and checks run."""
    budget: int
    """How many proposals it may spend."""
    timeout: float
    """Seconds for one proposal."""
    root: Path
    """The project's root directory."""
    retries: int = 1
    """Further attempts at a proposal that a fault on the way to the model ended."""
    price: Price | None = None
    """What the model's tokens cost, if that is known."""
    oracle: Oracle | None = None
    """Who examines the target, if it is examined."""

    @property
    def limit(self) -> float:
        """Seconds for one proposal, with what the target's caps leave of them."""
        return min(self.timeout, self.target.proposal_caps.duration or self.timeout)


@dataclass(slots=True, kw_only=True)
class Workshop:
    """What one process needs to compute cells."""

    writer: RunWriter
    """Open."""
    runner: Runner
    """Runs processes."""
    account: Account
    """What the run may spend, and has."""
    ending: Callable[[], bool] = lambda: False
    """Says whether the session is to end: then nothing more is begun."""
    sweep: Callable[[], int] = lambda: 0
    """Kills what escaped from the runner, and says how many processes that were."""
    repositories: Repositories
    """Templates of repositories, shared between processes."""
    environment: Mapping[str, str]
    """The session's environment, env files included."""
    temporary: Path
    """The directory below which this session stages its cells."""
    probes: dict[tuple[str, str | None, str], Probe] = field(default_factory=dict)
    """What is known about backends, so that each is probed once."""
    runtimes: dict[str, RuntimeProbe] = field(default_factory=dict)
    """What is known about runtimes, by their settings."""
    served: dict[str, str] = field(default_factory=dict)
    """Fingerprints of the cells this process has handed out."""

    def obtain(self, request: CellRequest) -> CellRecord:
        """Return the finished record of a cell, computing it if nobody has.

        Raises `CellLostError` and `FingerprintError`, and `HarnessError` if the run cannot be
        written. What went wrong inside the cell is in the record.
        """
        self.writer.vault.add_environment(request.target.env)
        probe = self.probe(request.backend, request.runtime)
        baseline = baseline_parts(request.target, request.runtime)
        fingerprint = self._fingerprint(request, probe, baseline)
        directory = self.writer.cell_directory(request.target_id, request.directory)
        with self.writer.locked(directory):
            known = self.writer.read(directory)
            if known is not None:
                self._refuse(known, request, fingerprint)
                if self._reusable(known, fingerprint):
                    self.served[request.key] = fingerprint
                    return known
            if self.ending():
                raise SessionEndingError(f"the session ended before {request.key} began")
            record = self._compute(request, probe, fingerprint, digest(baseline), directory)
        self.served[request.key] = fingerprint
        return record

    def probe(self, backend: Backend, runtime: Runtime) -> Probe:
        """Ask once per process whether a backend could run here, or in a runtime elsewhere."""
        elsewhere = "" if runtime.host_programs else _key(runtime)
        key = (backend.id, backend.model, elsewhere)
        if key not in self.probes:
            if runtime.host_programs:
                self.probes[key] = backend.probe(self.runner, self.environment)
            else:
                found = self.probe_runtime(runtime)
                self.probes[key] = probe_in(runtime, found, backend, self.runner, self.environment)
        return self.probes[key]

    def probe_runtime(self, runtime: Runtime) -> RuntimeProbe:
        """Ask once per process whether a runtime can be had here."""
        key = _key(runtime)
        if key not in self.runtimes:
            self.runtimes[key] = runtime.probe(self.runner, self.environment)
        return self.runtimes[key]

    def _refuse(self, known: CellRecord, request: CellRequest, fingerprint: str) -> None:
        served = self.served.get(request.key, fingerprint)
        mine = known.session == self.writer.session
        if served != fingerprint or (mine and known.fingerprint != fingerprint):
            raise FingerprintError(
                f"{request.key} was asked for twice with different contents (workspace, checks, "
                "objective or settings); make the target the same for every test, or give it a "
                "parametrized fixture or a name of its own"
            )
        if mine and known.status is CellStatus.STARTED:
            what = f"process {known.pid} ({known.worker}) died in it"
            if known.pid == os.getpid():
                what = "its result could not be written"
            raise CellLostError(
                f"{request.key} is not run again: {what}; continue the run with --harness-resume"
            )

    def _reusable(self, known: CellRecord, fingerprint: str) -> bool:
        if known.status is not CellStatus.FINISHED or known.fingerprint != fingerprint:
            return False
        if known.session == self.writer.session:
            return True
        return known.fault is None and known.outcome is not Outcome.CRASH

    def _compute(
        self,
        request: CellRequest,
        probe: Probe,
        fingerprint: str,
        baseline: str,
        directory: Path,
    ) -> CellRecord:
        started = CellRecord(
            key=request.key,
            target=request.target.name,
            target_id=request.target_id,
            id=request.id,
            directory=request.directory,
            point=request.point,
            kind=request.target.kind,
            budget=request.budget,
            runtime=request.runtime.name,
            fingerprint=fingerprint,
            status=CellStatus.STARTED,
            session=self.writer.session,
            worker=self.writer.worker,
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            workspace=os.path.relpath(request.target.workspace, request.root),
            backend_version=probe.version,
            lacks=probe.lacks,
        )
        self.writer.start(directory, started)
        found = self.probe_runtime(request.runtime)
        if not found.ready:
            reason = f"the runtime {found.runtime} cannot be had: {found.missing}; {found.remedy}"
            return self._finish(directory, started, fault=Fault.UNSUPPORTED, reason=reason)
        if not probe.ready:
            reason = f"{probe.missing}; {probe.remedy}" if probe.remedy else probe.missing
            return self._finish(directory, started, fault=Fault.UNAVAILABLE, reason=reason)
        refusal = self.account.refusal(request.backend.id)
        if refusal is not None:
            started = started.model_copy(update={"withheld": True})
            return self._finish(directory, started, fault=refusal.fault, reason=refusal.reason)
        original = directory.parent / f"original-{baseline}"
        job = Job(
            target=request.target,
            backend=request.backend,
            runtime=request.runtime,
            budget=request.budget,
            timeout=request.limit,
            retries=request.retries,
            allowance=self._allowance(request),
            stage=self.temporary / clean(request.target_id, 40) / request.directory,
            shared=self.temporary,
            scratch=self.temporary / f"scratch-{self.writer.worker}",
            run=self.writer.path,
            artifacts=lambda name: self.writer.artifacts(directory, name),
            original=original,
            runner=self.runner,
            environment=self.environment,
            repositories=self.repositories,
            vault=self.writer.vault,
            project=request.root,
            baseline=self._baseline(request, baseline, directory),
            oracle=request.oracle,
            run_seals=RunSeals(self.writer.path, directory, self.writer.session),
            sweep=self.sweep,
            ending=self.ending,
            on_phase=self._show(request),
        )
        try:
            loop = Loop(job)
        except HarnessError as error:
            return self._finish(directory, started, fault=Fault.INTERNAL, reason=str(error))
        try:
            loop.run()
            if self._keep_patch(directory, loop):
                kept = original.relative_to(self.writer.path).as_posix()
                started = started.model_copy(update={"original": kept})
        except HarnessError as error:
            fault = Fault.INTERRUPTED if self.ending() else Fault.INTERNAL
            return self._close(directory, started, loop, fault, str(error))
        except Exception as error:
            if isinstance(error, OSError) and no_room(error):
                reason = sentence(Path(error.filename or directory), error)
                return self._close(directory, started, loop, Fault.INTERNAL, reason)
            reason = f"an error of pytest-harness: {type(error).__name__}: {error}"
            self._close(directory, started, loop, Fault.INTERNAL, reason)
            raise
        except BaseException as error:
            reason = f"ended from outside: {str(error) or type(error).__name__}"
            self._close(directory, started, loop, Fault.INTERRUPTED, reason)
            raise
        finally:
            self.writer.show_phase(None)
        if loop.refusal is not None:
            refusal = loop.refusal
            withheld = refusal.fault is not Fault.INTERRUPTED
            started = started.model_copy(update={"withheld": withheld})
            return self._close(directory, started, loop, refusal.fault, refusal.reason)
        return self._close(directory, started, loop, None, "")

    def _keep_patch(self, directory: Path, loop: Loop) -> bool:
        """Write the winner down and say whether there is one."""
        if loop.patch:
            patch = self.writer.vault.hide_bytes(loop.patch)
            if patch != loop.patch:
                loop.notes.append(PATCH_NOTE)
            with explained(directory / BEST_PATCH):
                write_whole(directory / BEST_PATCH, patch, sync=False)
        return bool(loop.patch)

    def _allowance(self, request: CellRequest) -> CellAllowance:
        return CellAllowance(
            account=self.account,
            target=request.target.name,
            backend=request.backend.id,
            model=request.backend.model,
            price=request.price,
            cell_caps=request.target.cell_caps,
            proposal_caps=request.target.proposal_caps,
            ending=self.ending,
        )

    def _baseline(
        self, request: CellRequest, baseline: str, directory: Path
    ) -> Callable[[Callable[[], Evaluation]], Evaluation]:
        """Evaluate the baseline of a task, or for oracles, once for all its cells."""
        if request.target.kind is not Kind.TASK and request.oracle is None:
            return lambda evaluate: evaluate()
        file = directory.parent / f"baseline-{baseline}.json"

        def shared(evaluate: Callable[[], Evaluation]) -> Evaluation:
            with exclusive(file.with_suffix(".lock")):
                if file.exists():
                    known = Evaluation.from_json(file.read_bytes())
                    # Another cell has paid for it.
                    return known.model_copy(update={"spent": Spent()})
                evaluation = evaluate()
                if not evaluation.unscored:
                    shown = hidden(evaluation, self.writer.vault)
                    with explained(file):
                        write_whole(file, shown.to_json(), sync=False)
                return evaluation

        return shared

    def _show(self, request: CellRequest) -> Callable[[int, Phase], None]:
        name = f"{request.target.name}[{request.id}]"

        def show(round_: int, phase: Phase) -> None:
            where = f"proposal {round_}/{request.budget}" if round_ else "baseline"
            self.writer.show_phase(f"{name} {where}: {phase}")

        return show

    def _fingerprint(
        self, request: CellRequest, probe: Probe, baseline: Mapping[str, object]
    ) -> str:
        limits: dict[str, object] = {"budget": request.budget, "timeout": request.limit}
        if request.oracle is not None:
            limits["oracle"] = request.oracle
        point = request.point.model_dump(mode="json")
        rest = cell_parts(request.target, request.backend, probe.version, point, limits)
        return digest({**baseline, **rest})

    def _close(
        self, directory: Path, started: CellRecord, loop: Loop, fault: Fault | None, reason: str
    ) -> CellRecord:
        """Write what came of a loop, finished or not."""
        candidates = tuple(loop.candidates)
        update: dict[str, object] = {
            "candidates": candidates,
            "spending": _spending(candidates),
            "durations": _durations(candidates),
            "notes": tuple(loop.notes),
        }
        if candidates:
            winner = search.best(candidates)
            speaker = winner if winner.outcome is Outcome.KEEP else candidates[-1]
            update["best"] = winner.id
            update["outcome"] = speaker.outcome
            if started.kind is Kind.TASK and len(candidates) > 1:
                update["attempt"] = candidates[1].id
            if fault is None:
                fault, reason = speaker.fault, speaker.reason
        if loop.tampered is not None:
            update["outcome"], reason = Outcome.TAMPERED, loop.tampered
        return self._finish(
            directory,
            started.model_copy(update=update),
            fault=fault,
            reason=reason,
            waited=loop.waited,
        )

    def _finish(
        self,
        directory: Path,
        record: CellRecord,
        *,
        fault: Fault | None,
        reason: str,
        waited: float = 0.0,
    ) -> CellRecord:
        now = datetime.now(UTC)
        finished = record.model_copy(
            update={
                "status": CellStatus.FINISHED,
                "ended_at": now,
                "duration": max(0.0, (now - record.started_at).total_seconds() - waited),
                "fault": fault,
                "reason": reason,
            }
        )
        return self.writer.finish(directory, finished)


def _durations(candidates: tuple[CandidateRecord, ...]) -> dict[Phase, float]:
    total: dict[Phase, float] = {}
    for candidate in candidates:
        for phase, seconds in candidate.durations.items():
            total[phase] = total.get(phase, 0.0) + seconds
    return total


def _spending(candidates: tuple[CandidateRecord, ...]) -> Spending:
    total = Spending()
    for each in candidates:
        checks = [each.validation, each.evaluation]
        total += Spending(
            proposal=each.proposal.paid if each.proposal else Spent(),
            evaluation=sum((check.spent for check in checks if check is not None), Spent()),
        )
    return total


def _key(runtime: Runtime) -> str:
    """Tell one runtime from another."""
    return repr(sorted(runtime.settings().items()))
