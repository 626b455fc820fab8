"""What the plugin keeps on items, typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_harness.declare import Declaration
    from pytest_harness.identity import Identity
    from pytest_harness.matrix import PlannedCell
    from pytest_harness.target import ResolvedTarget
    from pytest_harness.vocabulary import Oracle


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What a test asks for."""

    declaration: Declaration
    """The target's declaration."""
    cell: PlannedCell
    """The cell."""
    identity: Identity
    """The cell's names."""
    oracle: Oracle | None = None
    """Who examines the target, under ``--harness-selfcheck``."""


RECORD: pytest.StashKey[str] = pytest.StashKey()
"""On an item: path of its cell's ``cell.json``; absent before the cell has a record."""

EXAMINED: pytest.StashKey[ResolvedTarget] = pytest.StashKey()
"""On an item of ``--harness-selfcheck``: the target, once its cell is finished."""

PLANNED: pytest.StashKey[PlannedItem] = pytest.StashKey()
"""On an item: what it asks for; absent on a test without a target."""
