"""Private names of pytest, gathered in one place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from _pytest.fixtures import FixtureDef, FixtureRequest
from _pytest.outcomes import Failed

__all__ = ["Failed", "FixtureRequest", "definitions", "dependencies"]


def definitions(metafunc: pytest.Metafunc, name: str) -> Sequence[FixtureDef[object]]:
    """List the definitions of a fixture that a test sees, the nearest last."""
    return metafunc._arg2fixturedefs.get(name, ())


def dependencies(request: FixtureRequest, name: str) -> set[str]:
    """Name every fixture that fixture ``name`` depends on, itself left out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for definition in request._arg2fixturedefs.get(waiting.pop(), ()):
            fresh = set(definition.argnames) - found
            found |= fresh
            waiting += fresh
    return found - {name}
