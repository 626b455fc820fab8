"""Private names of pytest, gathered in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from _pytest.fixtures import FixtureDef, FuncFixtureInfo
from _pytest.junitxml import xml_key
from _pytest.outcomes import Failed
from _pytest.python import CallSpec

__all__ = [
    "Failed",
    "FixtureDef",
    "add_junit_properties",
    "base_temporary",
    "column",
    "definitions",
    "definitions_of",
    "dependencies",
    "examining",
    "new_instance",
    "parameters",
    "time_limit",
    "worker_pid",
]


Examination = TypeVar("Examination", bound=pytest.Function)
"""A kind of test item."""


def definitions(metafunc: pytest.Metafunc, name: str) -> Sequence[FixtureDef[object]]:
    """List the definitions of a fixture that a test sees, the nearest last."""
    return metafunc._arg2fixturedefs.get(name, ())


def definitions_of(item: pytest.Item, name: str) -> Sequence[FixtureDef[object]]:
    """List the definitions of a fixture that a collected test sees, the nearest last."""
    known: Mapping[str, Sequence[FixtureDef[object]]]
    known = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 - private on purpose
    return known.get(name, ())


def dependencies(item: pytest.Item, name: str) -> set[str]:
    """Name every fixture that fixture ``name`` of a test depends on, itself left out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for definition in definitions_of(item, waiting.pop()):
            fresh = set(definition.argnames) - found
            found |= fresh
            waiting += fresh
    return found - {name}


def parameters(item: pytest.Item) -> dict[str, tuple[object, int]]:
    """Give the value and the position of every parameter of a test."""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return {}
    return {name: (value, callspec.indices[name]) for name, value in callspec.params.items()}


def examining(
    kind: type[Examination],
    item: pytest.Item,
    fixture: str,
    *,
    word: str,
    marks: Sequence[pytest.Mark],
    call: object,
) -> Examination:
    """Make an item that asks for ``fixture`` alone in the place of a test.

    Its name is that of the fixture with ``word`` in brackets; of the test's parameters it keeps
    what the fixture, and what is used without being asked for, depend on.
    """
    info: FuncFixtureInfo = getattr(item, "_fixtureinfo")  # noqa: B009 - private on purpose
    callspec: CallSpec = getattr(item, "callspec")  # noqa: B009 - as above
    unasked = tuple(name for name in info.initialnames if name not in info.argnames)
    own = FuncFixtureInfo(
        argnames=(fixture,),
        initialnames=(*unasked, fixture),
        names_closure=list(info.names_closure),
        name2fixturedefs=info.name2fixturedefs,
    )
    own.prune_dependency_tree()
    kept = [name for name in callspec.params if name in own.names_closure]
    return kind.from_parent(
        item.parent,
        name=f"{fixture}[{word}]",
        originalname=fixture,
        callspec=dataclasses.replace(
            callspec,
            params={name: callspec.params[name] for name in kept},
            indices={name: callspec.indices[name] for name in kept},
            _idlist=[word],
            marks=list(marks),
        ),
        callobj=call,
        fixtureinfo=own,
    )


def new_instance(collector: pytest.Class) -> object:
    """Make an instance of a test class."""
    instance: object = collector.newinstance()  # type: ignore[no-untyped-call]
    return instance


def add_junit_properties(
    config: pytest.Config, report: pytest.TestReport, properties: Mapping[str, str]
) -> None:
    """Give properties to a test that will have no teardown, which is when JUnit reads them."""
    log = config.stash.get(xml_key, None)
    if log is not None:
        reporter = log.node_reporter(report)
        for name, value in properties.items():
            reporter.add_property(name, value)


def base_temporary(config: pytest.Config) -> Path:
    """Return this process's temporary directory; a worker's lies in its controller's."""
    factory: pytest.TempPathFactory = getattr(config, "_tmp_path_factory")  # noqa: B009 - as above
    return factory.getbasetemp()


def worker_pid(node: Any) -> int | None:
    """Return the process id of a worker of xdist; ``None`` if it runs on another machine."""
    gateway = node.gateway
    return gateway._rinfo().pid if gateway.spec.popen else None


def time_limit(config: pytest.Config) -> float | None:
    """Return the seconds after which pytest-timeout ends a test's set-up, if it does."""
    limit: float | None = getattr(config, "_env_timeout", None)
    func_only = getattr(config, "_env_timeout_func_only", False)
    return limit if limit and not func_only else None


def column(reporter: pytest.TerminalReporter) -> int:
    """Say how wide the line is that pytest is writing."""
    return int(reporter._tw.width_of_current_line)
