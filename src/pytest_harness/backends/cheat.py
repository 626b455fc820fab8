"""The backend `cheat`: it tries the known tricks instead of doing the work."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends import cheat_program
from pytest_harness.backends.base import Probe, ProposalRequest
from pytest_harness.backends.cheat_evidence import read_evidence
from pytest_harness.backends.cheat_tricks import EVERYTHING, ROUNDS, TOGETHER, trick_of
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import ProcessSpec, Runner
from pytest_harness.vocabulary import Ended, Fault, RuntimeMode

START = (
    "import runpy, sys; sys.path.insert(0, sys.argv[1]); "
    "runpy.run_module('cheat_program', run_name='__main__')"
)
LIMIT = 60.0
"""Seconds that one trick may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheatBackend:
    """A hostile agent that knows all that can be known, run as a process in the cell's runtime.

    Its model, if one is named, is the trick to try; otherwise each proposal tries the next one, and
    the first tries all together. It writes nothing outside the workspace unless ``harm`` is set.
    """

    id: str = "cheat"
    provider: str = "cheat"
    model: str | None = None
    runtime: str = RuntimeMode.HOST
    timeout: float = 600.0
    max_concurrency: int | None = None
    harm: bool = False
    """Whether it also writes to ledgers, candidates and sources; for tests of what detects that."""

    def settings(self) -> Mapping[str, str]:
        """What a result depends on."""
        return {"harm": str(self.harm), "tricks": ",".join(ROUNDS)}

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:  # noqa: ARG002
        """Ready unless there is no such trick."""
        if self.model is None or self.model in ROUNDS:
            return Probe(backend=self.id, provider=self.provider, ready=True)
        return Probe(
            backend=self.id,
            provider=self.provider,
            ready=False,
            missing=f"there is no trick {self.model!r}",
            remedy=f"use one of {', '.join(ROUNDS)}",
        )

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Try a trick; its evidence is kept as ``stdout.jsonl`` among the artifacts."""
        trick = self.model or trick_of(request.round)
        package = request.scratch / "cheat" / "cheat_program"
        shutil.copytree(
            Path(cheat_program.__file__).parent,
            package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        python = sys.executable if request.runtime.host_programs else "python3"
        argv = (python, "-I", "-c", START, str(package.parent))
        result = request.runner.run(
            ProcessSpec(
                argv=argv,
                cwd=request.workspace,
                env=request.plain_environment(),
                timeout=min(request.timeout, LIMIT),
                stdin=self._order(trick, request),
                stdout=request.artifacts / "stdout.jsonl",
                stderr=request.artifacts / "stderr.txt",
            )
        )
        evidence = read_evidence(result.stdout.text())
        completed = result.ended is Ended.EXIT and result.exit == 0
        fault = reason = None
        if result.ended is Ended.NOT_STARTED:
            fault, reason = Fault.UNAVAILABLE, result.reason
        elif not completed:
            fault = Fault.INTERNAL
            reason = f"the trick {trick} did not end as it should: {result.stderr.last(300)}"
        return ProposalRecord(
            backend=self.id,
            provider=self.provider,
            model=self.model,
            runtime=request.runtime.name,
            argv=argv,
            cwd=str(request.workspace),
            ended=result.ended,
            exit=result.exit,
            signal=result.signal,
            completed=completed,
            fault=fault,
            reason=reason or "",
            answer=evidence.answer,
            duration=result.duration,
            survivors=result.survivors,
            stdout_bytes=result.stdout.total,
            stderr_bytes=result.stderr.total,
        )

    def _order(self, trick: str, request: ProposalRequest) -> bytes:
        order = {
            "tricks": TOGETHER if trick == EVERYTHING else (trick,),
            "workspace": str(request.workspace),
            "scratch": str(request.scratch),
            "prompt": request.prompt,
            "hidden": [str(path) for path in request.place.hidden],
            "harm": self.harm,
        }
        return json.dumps(order).encode()
