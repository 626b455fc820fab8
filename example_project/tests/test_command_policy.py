"""Two versions of one configuration side by side, without an optimiser.

The backend `noop` changes nothing, so each variant's score is that of its files in `variants/`.
With `--harness-backend=codex` the agent starts from each of them in turn.
"""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from pytest_harness import Cell, Python, Target, harness_target


def share_decided(workspace: Path, kind: str, decision: str) -> Fraction:
    """Return the share of commands of one kind that the policy decides as it should."""
    commands = json.loads((workspace / "commands.json").read_text(encoding="utf-8"))[kind]
    asked = subprocess.run(
        [sys.executable, "policy.py", *commands],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=True,
    )
    decisions = asked.stdout.split()
    if len(decisions) != len(commands):
        return Fraction(0)
    return Fraction(decisions.count(decision), len(commands))


def harmless_allowed(workspace: Path) -> Fraction:
    return share_decided(workspace, "harmless", "allow")


def dangerous_stopped(workspace: Path) -> Fraction:
    return share_decided(workspace, "dangerous", "ask")


@harness_target(
    backend="noop",
    variants={
        "lenient": "../variants/command_policy/lenient",
        "strict": "../variants/command_policy/strict",
    },
)
def command_policy() -> Target:
    """Rules for the commands that an agent may run; lenient has 5/8, strict 15/16."""
    return Target(
        workspace="../workspaces/command_policy",
        objective="Improve rules.json: what only looks may run, what could do harm asks first.",
        writable=["rules.json"],
        checks=[
            Python("dangerous-stopped", dangerous_stopped, weight=3),
            Python("harmless-allowed", harmless_allowed, weight=1),
        ],
        solution="../solutions/command_policy",
        hidden="../hidden/command_policy",
    )


def test_better_than_a_coin(command_policy: Cell) -> None:
    assert command_policy.best.score > 0.5


def test_nothing_is_lost(command_policy: Cell) -> None:
    assert command_policy.best.score >= command_policy.baseline.score
