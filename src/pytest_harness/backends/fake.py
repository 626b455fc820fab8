"""The free backends: one that knows the solution, one that does nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.base import Probe, ProposalRequest
from pytest_harness.checks.calling import call_apart
from pytest_harness.checks.processes import ending, tail
from pytest_harness.errors import HarnessError
from pytest_harness.records import ProposalRecord, ToolCall
from pytest_harness.runtime.process import ProcessResult, ProcessSpec, Runner
from pytest_harness.target import Solution
from pytest_harness.vocabulary import Fault, RuntimeMode
from pytest_harness.workspace import apply, lay_over


@dataclass(frozen=True, slots=True, kw_only=True)
class NoopBackend:
    """Does nothing: its score is the baseline's."""

    id: str = "noop"
    provider: str = "noop"
    model: str | None = None
    runtime: str = RuntimeMode.HOST
    timeout: float = 600.0
    max_concurrency: int | None = None

    def settings(self) -> Mapping[str, str]:
        """Nothing a result depends on."""
        return {}

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:  # noqa: ARG002
        """Always ready: it needs no program."""
        return Probe(backend=self.id, provider=self.provider, ready=True)

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Leave the workspace as it is."""
        return self._record(request)

    def _record(self, request: ProposalRequest, **outcome: object) -> ProposalRecord:
        fields: dict[str, object] = {"completed": True, **outcome}
        return ProposalRecord.model_validate(
            {
                "backend": self.id,
                "provider": self.provider,
                "model": self.model,
                "runtime": request.runtime.name,
                "cwd": str(request.workspace),
                **fields,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeBackend(NoopBackend):
    """Applies the target's solution: free, deterministic, no network."""

    id: str = "fake"
    provider: str = "fake"

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Apply the solution; one that cannot be applied is a fault of the benchmark."""
        solution = request.solution
        if solution is None:
            return self._record(
                request,
                completed=False,
                fault=Fault.UNSUPPORTED,
                reason="the target has no solution for the backend fake to apply",
            )
        start = time.monotonic()
        try:
            _apply(solution, request)
        except HarnessError as error:
            return self._record(
                request,
                completed=False,
                fault=Fault.INTERNAL,
                reason=f"the solution cannot be applied: {error}",
            )
        return self._record(
            request,
            answer=solution.answer,
            tool_calls=tuple(ToolCall(name=name) for name in solution.tool_calls),
            duration=time.monotonic() - start,
        )


def _apply(solution: Solution, request: ProposalRequest) -> None:
    if solution.files is not None:
        lay_over(Path(solution.files), request.workspace)
    if solution.patch is not None:
        apply(Path(solution.patch), request.workspace, request.runner)
    if solution.apply is not None:
        _call(solution, request)


def _call(solution: Solution, request: ProposalRequest) -> None:
    """Let the solution's function edit the workspace, in a process that can leave nothing alive."""

    def start(argv: tuple[str, ...], stdin: bytes, readable: tuple[Path, ...]) -> ProcessResult:
        return request.runner.run(
            ProcessSpec(
                argv=argv,
                cwd=request.workspace,
                env=request.plain_environment(),
                timeout=request.timeout,
                stdin=stdin,
                readable=readable,
            )
        )

    result, answer = call_apart(
        solution.apply, request.workspace, request.scratch, "the solution's function", start
    )
    if answer is None:
        raise HarnessError(f"its function did not finish: {ending(result)}; {tail(result)[-300:]}")
    for problem in ("unloadable", "raised"):
        if problem in answer:
            raise HarnessError(answer[problem])
