"""Cells of plain models, as a session would write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_harness.ledger import RunReader
from pytest_harness.records import (
    CellRecord,
    Point,
    Rejection,
    Spending,
    Spent,
    ToolCall,
    Usage,
)
from pytest_harness.reports.evidence import Evidence, gather
from pytest_harness.vocabulary import Fault, Kind, Outcome, RejectedBy, ToolFormat
from tests.reports.samples import cell, write_run

NATIVE, TEXT = ToolFormat.NATIVE, ToolFormat.TEXT


def plain(
    *,
    target: str = "python_add",
    target_id: str | None = None,
    model: str = "ollama:qwen3",
    form: ToolFormat = NATIVE,
    trial: int = 1,
    variant: str | None = None,
    passed: bool = True,
    fault: Fault | None = None,
    outcome: Outcome | None = None,
    tools: Sequence[str] = ("read_file", "replace_text"),
    rejections: Sequence[Rejection] = (),
    rejected_calls: int | None = None,
    cost: float | None = 0.25,
    judge: float | None = None,
    parameters: str = "",
    fingerprint: str = "f" * 8,
    reason: str = "",
) -> CellRecord:
    """Return a finished task of a plain model."""
    parts = ["model", model.replace(":", "-", 1), form.value, variant, f"t{trial}"]
    name = "-".join(part for part in parts if part is not None)
    record = cell(
        target=target,
        kind=Kind.TASK,
        after=1.0 if passed else 0.5,
        fault=fault,
        outcome=outcome,
        cost=cost,
        reason=reason,
        directory=f"{name}{parameters}",
    )
    first, second = record.candidates
    assert second.proposal is not None
    calls = [each for each in rejections if each.by in (RejectedBy.FORMAT, RejectedBy.TOOL)]
    proposal = second.proposal.model_copy(
        update={
            "backend": "model",
            "model": model,
            "turns": 3,
            "tool_calls": tuple(ToolCall(name=tool) for tool in tools),
            "rejections": tuple(rejections),
            "rejected_calls": len(calls) if rejected_calls is None else rejected_calls,
        }
    )
    judged = Spent() if judge is None else Spent(usage=Usage(input=10, output=1), cost_usd=judge)
    return record.model_copy(
        update={
            "key": f"tests/test_agents.py::{target_id or target}[{name}]{parameters}",
            "id": name,
            "target_id": target_id or target,
            "point": Point(backend="model", model=model, format=form, variant=variant, trial=trial),
            "fingerprint": fingerprint,
            "candidates": (first, second.model_copy(update={"proposal": proposal})),
            "spending": Spending(proposal=proposal.spent, judge=judged),
        }
    )


def rejection(
    by: RejectedBy = RejectedBy.TOOL,
    rule: str = "write_file",
    *,
    recovered: bool = False,
) -> Rejection:
    return Rejection(turn=1, by=by, rule=rule, reason="not so", recovered=recovered)


def trials(
    form: ToolFormat,
    passed: int,
    failed: int,
    *,
    model: str = "ollama:qwen3",
    repetitions: int = 2,
) -> list[CellRecord]:
    """Return so many cells over as many targets as ``repetitions`` allow; the first ones pass."""
    return [
        plain(
            target=f"target_{number // repetitions}",
            trial=number % repetitions + 1,
            form=form,
            model=model,
            passed=number < passed,
        )
        for number in range(passed + failed)
    ]


def gathered(root: Path, cells: Sequence[CellRecord]) -> Evidence:
    """Write the cells as a run and return what it says."""
    return gather(RunReader(write_run(root, list(cells)).path))
