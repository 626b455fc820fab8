"""From declared targets to parametrized tests."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterable, Sequence
from functools import partial

import pytest

from pytest_harness._compat import FixtureDef, definitions, definitions_of, parameters
from pytest_harness._keys import PLANNED, PlannedItem
from pytest_harness.declare import DECLARATION, Declaration
from pytest_harness.errors import HarnessError
from pytest_harness.failures import fail
from pytest_harness.identity import identify
from pytest_harness.matrix import MatrixPoint, PlannedCell, marks, plan
from pytest_harness.plain_models import usual_formats
from pytest_harness.settings import Layer
from pytest_harness.state import HarnessState
from pytest_harness.validation import check_cells


def parametrize(metafunc: pytest.Metafunc, state: HarnessState) -> None:
    """Give a test its cells, if it asks for a target.

    Raises `pytest.Collector.CollectError` with one sentence for what only collection can know.
    """
    found = declarations(metafunc)
    if not found:
        return
    test = metafunc.function.__name__
    if len(found) > 1:
        names = " and ".join(repr(each.name) for each in found)
        raise pytest.Collector.CollectError(
            f"test {test!r} asks for the targets {names}; a test has one target, so split it"
        )
    declaration = found[0]
    if declaration.problem is not None:
        raise pytest.Collector.CollectError(declaration.problem)
    try:
        layer = state.layer(declaration.layer)
        if state.selfcheck:
            cells = _examinations(declaration, layer)
        else:
            cells = plan(declaration, layer, partial(usual_formats, state.catalog))
        check_cells(state, cells)
    except HarnessError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    params = [pytest.param(cell, id=cell.point.id, marks=marks(cell, test)) for cell in cells]
    if not params:
        backends = ", ".join(map(str, layer.backend or ()))
        reason = f"the constraints of target {declaration.name!r} leave no cell for {backends}"
        params = [pytest.param(None, id="excluded", marks=pytest.mark.skip(reason=reason))]
    metafunc.parametrize(declaration.name, params, indirect=True)


def _examinations(declaration: Declaration, layer: Layer) -> list[PlannedCell]:
    """List a target's cells under ``--harness-selfcheck``."""
    from pytest_harness.selfcheck import examination, with_budget

    return [with_budget(cell) for cell in plan(*examination(declaration, layer))]


def declarations(metafunc: pytest.Metafunc) -> list[Declaration]:
    """List the targets that a test asks for, directly or through other fixtures."""
    found = (_declared(definitions(metafunc, name), name) for name in metafunc.fixturenames)
    return [declaration for declaration in found if declaration is not None]


def _declared(known: Sequence[FixtureDef[object]], name: str) -> Declaration | None:
    """Return what declares fixture ``name``, the nearest definition last; ``None`` if nothing."""
    for definition in reversed(known):
        declaration = getattr(definition.func, DECLARATION, None)
        if isinstance(declaration, Declaration):
            return declaration
        # An override that asks for its own name wraps the next definition outwards.
        if name not in definition.argnames:
            return None
    return None


def plan_items(items: list[pytest.Item]) -> None:
    """Note on every item which cell it asks for."""
    for item in items:
        if PLANNED not in item.stash and (found := planned_item(item)) is not None:
            item.stash[PLANNED] = found


def planned_item(item: pytest.Item) -> PlannedItem | None:
    """Find out which cell an item asks for, if any."""
    for name, (value, _) in parameters(item).items():
        if isinstance(value, PlannedCell):
            declaration = _declared(definitions_of(item, name), name)
            if declaration is not None:
                return PlannedItem(declaration, value, identify(item, declaration, value))
    return None


def planned(items: Iterable[pytest.Item]) -> list[tuple[pytest.Item, PlannedItem]]:
    """List the items that ask for a cell, with what they ask for."""
    found = ((item, item.stash.get(PLANNED, None)) for item in items)
    return [(item, plan_) for item, plan_ in found if plan_ is not None]


def select_targets(
    items: list[pytest.Item], patterns: Iterable[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split items into those to run and those whose target matches no pattern."""
    wanted = list(patterns)
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        plan_ = item.stash.get(PLANNED, None)
        chosen = plan_ is None or any(
            fnmatch.fnmatchcase(plan_.declaration.name, pattern) for pattern in wanted
        )
        (kept if chosen else left_out).append(item)
    return kept, left_out


def bring_together(items: list[pytest.Item]) -> None:
    """Put the tests of one cell next to each other, within their module and its places.

    A worker then gets a cell with all its tests, instead of a test that waits for another worker.
    """
    modules: dict[str, dict[str, list[pytest.Item]]] = {}
    places: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        plan_ = item.stash.get(PLANNED, None)
        if plan_ is None:
            continue
        module = item.nodeid.partition("::")[0]
        modules.setdefault(module, {}).setdefault(plan_.identity.key, []).append(item)
        places.setdefault(module, []).append(index)
    for module, cells in modules.items():
        ordered = itertools.chain.from_iterable(cells.values())
        for index, item in zip(places[module], ordered, strict=True):
            items[index] = item


def arrange(config: pytest.Config, items: list[pytest.Item], state: HarnessState) -> None:
    """Note each test's cell, select by target, keep the tests of a cell together."""
    plan_items(items)
    patterns = state.settings.run.target
    if patterns is not None:
        kept, left_out = select_targets(items, patterns)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = kept
    bring_together(items)


def point_of(request: pytest.FixtureRequest) -> MatrixPoint:
    """Return the point of the matrix that a test is for; fails the test if it has none."""
    values = [value for value, _ in parameters(request.node).values()]
    cells = [value for value in values if isinstance(value, PlannedCell)]
    if not cells:
        fail("harness_point is for tests and targets of a matrix; this test asks for no target")
    return cells[0].point
