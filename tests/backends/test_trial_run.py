"""One small turn of a backend's program: what it may spend. The program is a small script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.claude.cli import CLAUDE_CLI
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.trial_run import Turn, TurnResult, take_turn
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode


def turn_of(tmp_path: Path, options: AgentOptions) -> tuple[TurnResult, list[str]]:
    """Let a script take Claude's place; return the turn and the arguments that the script got."""
    program, seen = tmp_path / "claude", tmp_path / "arguments"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "9.9.9 (Claude Code)" && exit\n'
        f"printf '%s\\n' \"$@\" > '{seen}'\n"
    )
    program.chmod(0o755)
    setup = Setup(id="claude", command=(str(program),), options=options)
    backend = AgentBackend(adapter=CLAUDE_CLI, setup=setup)
    runtime = PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE))
    environment = {"PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": "key-0123456789"}
    with Supervisor() as supervisor:
        result = take_turn(Turn.SMOKE, backend, runtime, supervisor, environment)
    return result, seen.read_text().splitlines()


@pytest.mark.parametrize(
    ("options", "turns", "dollars"),
    [
        (AgentOptions(), 5, 0.25),
        (AgentOptions(turns=50, budget_usd=10.0), 5, 0.25),
        (AgentOptions(turns=2, budget_usd=0.01), 2, 0.01),
        (AgentOptions(turns=2), 2, 0.25),
    ],
)
def test_a_real_turn_spends_no_more_than_its_user_allows(
    tmp_path: Path, options: AgentOptions, turns: int, dollars: float
) -> None:
    _, arguments = turn_of(tmp_path, options)
    assert f"--max-turns={turns}" in arguments
    assert f"--max-budget-usd={dollars}" in arguments


def test_a_program_that_does_nothing_does_not_work(tmp_path: Path) -> None:
    result, _ = turn_of(tmp_path, AgentOptions())
    assert not result.works
    assert result.reason
