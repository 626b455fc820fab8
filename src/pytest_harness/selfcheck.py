"""`--harness-selfcheck`: one test per target and oracle in place of the user's own tests.

What a user's test asks for is collected as ever, with the oracles' backends as its matrix; then the
first test that asks for a cell gives way to an item that examines the cell, and all others go.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_harness._compat import examining, new_instance
from pytest_harness._keys import EXAMINED, PLANNED, PlannedItem
from pytest_harness.backends.cheat_tricks import ROUNDS
from pytest_harness.collection import planned_item
from pytest_harness.matrix import PlannedCell, marks
from pytest_harness.result import Cell
from pytest_harness.selfcheck_verdict import examine
from pytest_harness.settings import BackendRef, Layer
from pytest_harness.state import state_of
from pytest_harness.vocabulary import Oracle

if TYPE_CHECKING:
    from pytest_harness.declare import Declaration

BACKENDS = {"fake": Oracle.GOLDEN, "noop": Oracle.NOOP, "cheat": Oracle.CHEAT}
"""The oracle that each backend is."""


def examination(declaration: Declaration, layer: Layer) -> tuple[Declaration, Layer]:
    """Put the oracles in place of all that a target, or anybody else, says about its matrix."""
    plain = dataclasses.replace(declaration, only=(), exclude=(), xfail=())
    backends = tuple(map(BackendRef, BACKENDS))
    return plain, dataclasses.replace(
        layer, backend=backends, model=None, format=None, trials=1, budget=1, xfail=()
    )


def with_budget(cell: PlannedCell) -> PlannedCell:
    """Let the cheat try every trick."""
    if BACKENDS[cell.point.backend] is not Oracle.CHEAT:
        return cell
    return dataclasses.replace(cell, layer=dataclasses.replace(cell.layer, budget=len(ROUNDS)))


class OracleItem(pytest.Function):
    """A test that examines one cell of a target."""

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Lie where the test lies whose place it takes."""
        return self.path, 0, self.name

    def runtest(self) -> None:
        """Fail if the oracle finds fault with the target."""
        planned = self.stash[PLANNED]
        cell = self.funcargs[planned.declaration.name]
        oracle = BACKENDS[planned.cell.point.backend]
        if not isinstance(cell, Cell):
            pytest.fail(f"target {planned.declaration.name!r} gave no cell", pytrace=False)
        found = examine(oracle, cell.record, self.stash[EXAMINED], state_of(self.config).run)
        if found.notes:
            self.add_report_section("call", "selfcheck", found.notes)
        if found.problem:
            pytest.fail(found.problem, pytrace=False)


class SelfcheckPlugin:
    """The hooks of a session that examines targets."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, str]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        """Put items that examine cells in the place of tests that ask for them."""
        made = yield
        if not isinstance(made, list):
            return made
        return [each for one in made for each in self._examining(collector, one)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out whatever is no examination, before anybody selects by name."""
        others = [item for item in items if not isinstance(item, OracleItem)]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if isinstance(item, OracleItem)]

    def _examining(self, collector: pytest.Collector, item: pytest.Item) -> list[pytest.Item]:
        found = planned_item(item) if isinstance(item, pytest.Function) else None
        if found is None:
            return [item]
        # A module may be collected more than once; the same test then gives the same items.
        place = (collector.nodeid, item.name)
        if self._seen.setdefault(found.identity.key, place) != place:
            return []
        return [_make(collector, item, found)]


def _make(collector: pytest.Collector, item: pytest.Item, found: PlannedItem) -> OracleItem:
    oracle = BACKENDS[found.cell.point.backend]
    words = [word for word in (found.cell.point.variant, *found.identity.words) if word]
    made = examining(
        OracleItem,
        item,
        found.declaration.name,
        word="-".join((*words, oracle)),
        marks=[mark.mark for mark in marks(found.cell, found.declaration.name)],
        call=_bound(collector, found.declaration.name),
    )
    made.stash[PLANNED] = dataclasses.replace(found, oracle=oracle)
    return made


def _bound(collector: pytest.Collector, name: str) -> Any:
    """Return a function to stand in for a test's; in a class, one that belongs to an instance."""

    def oracle(*_args: object, **_kwargs: object) -> None:
        """Examine a target."""

    oracle.__name__ = oracle.__qualname__ = name
    if isinstance(collector, pytest.Class):
        return types.MethodType(oracle, new_instance(collector))
    return oracle
