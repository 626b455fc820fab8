"""What happens in a target's fixture: a declared target goes in, a finished cell comes out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_harness._keys import EXAMINED, PLANNED, RECORD, PlannedItem
from pytest_harness.cell_request import CellRequest
from pytest_harness.checks import Judge
from pytest_harness.errors import HarnessError
from pytest_harness.failures import fail
from pytest_harness.ledger import CandidateFile
from pytest_harness.matrix import expected_failures
from pytest_harness.records import CellRecord, Point
from pytest_harness.reports.junit import put_properties, result_properties
from pytest_harness.result import Cell
from pytest_harness.state import STATE, HarnessState, state_of
from pytest_harness.target import ResolvedTarget, Target
from pytest_harness.validation import check_cost
from pytest_harness.vocabulary import SEVERE_OUTCOMES, Fault, FaultScope, Kind

if TYPE_CHECKING:
    from pytest_harness.declare import Declaration

ACCEPT = "harness_accept"
"""Mark of a test that asks for outcomes that are otherwise an error."""


def serve(declaration: Declaration, value: object, request: pytest.FixtureRequest) -> Cell | None:
    """Return the finished cell for a test, or end the test's set-up with one message.

    Under ``--setup-only`` nothing is run and the test, which is not run either, gets ``None``.
    """
    __tracebackhide__ = True
    item: pytest.Item = request.node
    planned = item.stash.get(PLANNED, None)
    if STATE not in request.config.stash:
        fail(
            f"target {declaration.name!r} needs the plugin pytest-harness, which is switched off; "
            "leave out '-p no:harness', or deselect the tests of targets"
        )
    if planned is None:
        fail(
            f"target {declaration.name!r} was asked for in a way that gives it no cell; "
            "name it among the test's arguments and do not parametrize it"
        )
    if request.config.option.setuponly:
        return None
    state = state_of(request.config)
    if state.refusal is not None:
        fail(state.refusal)
    try:
        target = _resolve(declaration, planned, value)
        cell_request = _request(planned, target, state)
        with state.ending.interrupts.held():
            record = state.workshop.obtain(cell_request)
        directory = state.writer.cell_directory(record.target_id, record.directory)
    except HarnessError as error:
        fail(str(error))
    item.stash[RECORD] = str(directory / "cell.json")
    item.stash[EXAMINED] = target
    put_properties(item, result_properties(record, str(directory / "cell.json")))
    _judge(record, item, planned, state)
    return Cell(record, directory)


def _resolve(declaration: Declaration, planned: PlannedItem, value: object) -> ResolvedTarget:
    """Check what the user's function gave."""
    if not isinstance(value, Target):
        fail(
            f"target {declaration.name!r} gave {type(value).__name__}, not a Target; "
            "return or yield pytest_harness.Target(...)"
        )
    target = value.resolve(declaration.name, declaration.file.parent)
    if target.kind is Kind.TASK and planned.oracle is None and (planned.cell.layer.budget or 1) > 1:
        fail(
            f"target {declaration.name!r} is a task and has one attempt, not a budget of "
            f"{planned.cell.layer.budget}; use --harness-trials to repeat it"
        )
    variant = declaration.variants.get(planned.cell.point.variant or "")
    if variant is None or variant.files is None:
        return target
    layer = Path(variant.files)
    if not layer.is_dir():
        fail(
            f"target {declaration.name!r} has a variant {planned.cell.point.variant!r} whose "
            f"directory does not exist: {layer}; create it"
        )
    return dataclasses.replace(target, layers=(layer,))


def _request(planned: PlannedItem, target: ResolvedTarget, state: HarnessState) -> CellRequest:
    cell, identity = planned.cell, planned.identity
    provider = state.catalog.provider(cell.point.backend)
    if target.solution is None and provider is not None and provider.needs_solution:
        remedy = "name another with --harness-backend"
        if planned.oracle is not None:
            remedy = "give it one with Target(solution=...), so that it is known to be solvable"
        pytest.skip(
            f"target {target.name!r} has no solution for the backend {cell.point.backend!r}; "
            f"{remedy}"
        )
    if target.cell_caps.cost is not None or target.proposal_caps.cost is not None:
        check_cost(state, cell)
    backend = state.backend(cell)
    point = cell.point
    graders = _graders(target, state, fail_unavailable=bool(cell.layer.fail_unavailable))
    return CellRequest(
        key=identity.key,
        target_id=identity.target_id,
        id=point.id,
        directory=identity.directory,
        point=Point(
            backend=point.backend,
            model=point.model,
            format=point.format,
            variant=point.variant,
            trial=point.trial,
        ),
        target=target,
        backend=backend,
        runtime=state.runtime(cell, backend),
        budget=cell.layer.budget or 1,
        timeout=cell.layer.timeout or state.catalog.timeout(backend),
        root=state.root,
        retries=cell.layer.retries or 0,
        price=state.catalog.price(backend.model),
        oracle=planned.oracle,
        graders=graders,
    )


def _graders(
    target: ResolvedTarget, state: HarnessState, *, fail_unavailable: bool
) -> dict[str, str]:
    """Describe the models that grade a target, if any; the test ends here if one lacks its key."""
    names = [
        each.grader for each in (*target.checks, *target.validation) if isinstance(each, Judge)
    ]
    if not names:
        return {}
    missing = state.graders.missing(names)
    if missing is not None:
        sentence = f"target {target.name!r}: {missing.what}; {missing.remedy}"
        if fail_unavailable:
            fail(sentence)
        pytest.skip(sentence)
    return state.graders.settings(names)


def _judge(
    record: CellRecord, item: pytest.Item, planned: PlannedItem, state: HarnessState
) -> None:
    """End the test here if the cell gives it nothing to assert on."""
    __tracebackhide__ = True
    name = f"{record.target}[{record.id}]"
    if record.fault is Fault.UNAVAILABLE and not planned.cell.layer.fail_unavailable:
        pytest.skip(f"{name}: {record.reason}")
    if planned.oracle is not None and record.candidates:
        return
    if record.withheld:
        pytest.skip(f"{name}: {record.reason}")
    if record.fault is not None:
        fail(_explain(f"{name} says nothing about the agent ({record.fault})", record, state))
    accepted = {str(word) for mark in item.iter_markers(ACCEPT) for word in mark.args}
    if record.outcome in SEVERE_OUTCOMES and record.outcome not in accepted:
        fail(_explain(f"{name} ended as {record.outcome}", record, state))
    for entry in expected_failures(planned.cell, getattr(item, "originalname", item.name)):
        if entry.on is FaultScope.SCORE:
            item.add_marker(pytest.mark.xfail(reason=entry.reason, strict=entry.strict))


def _explain(what: str, record: CellRecord, state: HarnessState) -> str:
    """Add the reason and where the evidence lies."""
    lines = [f"{what}: {record.reason or 'no reason was recorded'}"]
    if record.candidates:
        folder = state.run / record.candidates[-1].artifacts
        lines.append(f"evidence: {folder / CandidateFile.CANDIDATE}")
    return "\n".join(lines)
