"""One cell exactly once, whoever asks and however often.

A cell is computed under a kernel lock on its directory. Its record is written as `started` before
anything is spent, so that a process that dies in it is not followed by another that buys it again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pytest_harness.allowance.account import Account
from pytest_harness.backends.base import Backend, Probe
from pytest_harness.backends.probe import probe_in
from pytest_harness.cell_request import CellRequest
from pytest_harness.cell_run import CellRun
from pytest_harness.checks.base import Graders
from pytest_harness.errors import CellLostError, FingerprintError, SessionEndingError
from pytest_harness.fingerprint import baseline_parts, cell_parts, digest
from pytest_harness.ledger import RunWriter
from pytest_harness.ledger.seals import FinishedCells
from pytest_harness.records import CellRecord
from pytest_harness.runtime import Runner
from pytest_harness.runtime.base import Runtime, RuntimeProbe
from pytest_harness.vocabulary import CellStatus, Outcome
from pytest_harness.workspace import Repositories


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
    graders: Graders | None = None
    """Models that grade results."""
    temporary: Path
    """The directory below which this session stages its cells."""
    probes: dict[tuple[str, str | None, str], Probe] = field(default_factory=dict)
    """What is known about backends, so that each is probed once."""
    runtimes: dict[str, RuntimeProbe] = field(default_factory=dict)
    """What is known about runtimes, by their settings."""
    finished: FinishedCells = field(init=False)
    """What must stay as it is in the run's directory."""
    served: dict[str, str] = field(default_factory=dict)
    """Fingerprints of the cells this process has handed out."""

    def __post_init__(self) -> None:
        self.finished = FinishedCells(self.writer.path, self.writer.session)

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
            record = CellRun(
                workshop=self,
                request=request,
                probe=probe,
                fingerprint=fingerprint,
                baseline=digest(baseline),
                directory=directory,
            ).compute()
        self.served[request.key] = fingerprint
        return record

    def probe(self, backend: Backend, runtime: Runtime) -> Probe:
        """Ask once per process whether a backend could run here, or in a runtime elsewhere."""
        elsewhere = "" if runtime.host_programs else _key(runtime)
        key = (backend.id, backend.model, elsewhere)
        if key not in self.probes:
            look = partial(self.probe_runtime, runtime)
            self.probes[key] = probe_in(runtime, look, backend, self.runner, self.environment)
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

    def _fingerprint(
        self, request: CellRequest, probe: Probe, baseline: Mapping[str, object]
    ) -> str:
        limits: dict[str, object] = {"budget": request.budget, "timeout": request.limit}
        if request.oracle is not None:
            limits["oracle"] = request.oracle
        if request.graders:
            limits["graders"] = dict(request.graders)
        if probe.led_to:
            limits["led_to"] = list(probe.led_to)
        point = request.point.model_dump(mode="json")
        rest = cell_parts(request.target, request.backend, probe.version, point, limits)
        return digest({**baseline, **rest})


def _key(runtime: Runtime) -> str:
    """Tell one runtime from another."""
    return repr(sorted(runtime.settings().items()))
