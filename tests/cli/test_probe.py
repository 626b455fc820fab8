from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from pytest_harness.backends.base import Probe
from pytest_harness.backends.probe import BackendReport
from pytest_harness.backends.trial_run import Turn, TurnResult
from pytest_harness.errors import ConfigurationError
from tests.cli.conftest import Harness

PROBES = [
    Probe(backend="fake", provider="fake", ready=True, version="0.1.0"),
    Probe(
        backend="codex",
        provider="codex-cli",
        ready=False,
        missing="the program 'codex' was not found",
        remedy="install it with npm",
        credentials=("OPENAI_API_KEY",),
        notes=("the version is untested",),
    ),
]


@pytest.fixture(autouse=True)
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe_backends(
        names: Sequence[str], config: Path | None, turn: Turn | None
    ) -> list[BackendReport]:
        if "lost" in names:
            raise ConfigurationError("there is no backend 'lost'; the known ones are fake, codex")
        result = None if turn is None else TurnResult(works=True, seconds=1.234, cost_usd=0.01)
        return [
            BackendReport(
                probe=each,
                runtimes=("host", "profile") if each.ready else (),
                turn=result if each.ready else None,
            )
            for each in PROBES
            if not names or each.backend in names
        ]

    module = ModuleType("pytest_harness.backends.probe")
    module.probe_backends = probe_backends  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pytest_harness.backends.probe", module)


def test_people_read_what_is_missing_and_what_to_do(harness: Harness) -> None:
    result = harness("probe")
    assert result.exit_code == 0
    assert "codex: the program 'codex' was not found\n  install it with npm\n" in result.output
    assert "codex: the version is untested" in result.output


def test_programs_read_json(harness: Harness) -> None:
    documents = json.loads(harness("probe", "--json").output)
    assert [each["ready"] for each in documents] == [True, False]
    assert documents[1]["credentials"] == ["OPENAI_API_KEY"]


def test_a_named_backend_that_is_not_ready_is_exit_code_1(harness: Harness) -> None:
    assert harness("probe", "codex").exit_code == 1
    assert harness("probe", "fake").exit_code == 0


def test_an_unknown_backend_is_one_line(harness: Harness) -> None:
    result = harness("probe", "lost")
    assert result.exit_code == 2
    assert result.stderr == (
        "pytest-harness: there is no backend 'lost'; the known ones are fake, codex\n"
    )


def test_runtimes_are_told_where_the_program_is(harness: Harness) -> None:
    documents = json.loads(harness("probe", "--json").output)
    assert [each["runtimes"] for each in documents] == [["host", "profile"], []]
    assert "works" not in documents[0]


def test_a_turn_tells_whether_it_works_and_what_it_cost(harness: Harness) -> None:
    [document] = json.loads(harness("probe", "--smoke", "--json", "fake").output)
    assert (document["works"], document["seconds"], document["cost_usd"]) == (True, 1.23, 0.01)


def test_a_turn_that_costs_is_taken_only_for_backends_that_are_named(harness: Harness) -> None:
    result = harness("probe", "--smoke")
    assert result.exit_code == 2
    assert "name the backends" in result.stderr


def test_only_one_kind_of_turn_is_taken(harness: Harness) -> None:
    assert harness("probe", "--smoke", "--live", "fake").exit_code == 2


def test_a_named_backend_that_has_no_program_fails_a_live_turn(harness: Harness) -> None:
    assert harness("probe", "--live", "fake").exit_code == 0
    assert harness("probe", "--live", "codex").exit_code == 1
