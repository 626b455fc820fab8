"""The two commands of the README, as continuous integration and a stranger use them."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT, Block, blocks

SETUP = (
    "python3 -m venv .venv",
    ".venv/bin/pip install -q --require-hashes -r requirements/dev.txt",
    ".venv/bin/pip install -q --no-deps --no-build-isolation -e .",
)


LAST = {
    "example": (
        "(cd example_project && ../.venv/bin/python -m pytest"
        " --junitxml=.harness/report.xml --html=.harness/report.html)"
    ),
    "suite": ".venv/bin/python -m pytest -n 2",
}


def block(told: str) -> Block:
    return next(each for each in blocks(ROOT / "README.md") if each.told == told)


@pytest.mark.parametrize("told", LAST)
def test_a_command_needs_only_python_and_what_is_pinned(told: str) -> None:
    assert block(told).lines == [" && ".join((*SETUP, LAST[told]))]


def test_continuous_integration_calls_both_as_they_stand() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for told in LAST:
        found = subprocess.run(
            ["bash", str(ROOT / ".ci/readme-command"), told],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert found.stdout == block(told).text
        assert f".ci/readme-command {told}" in script


def test_the_example_project_can_be_collected_as_it_stands() -> None:
    """It is run by tests of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q"],
        cwd=ROOT / "example_project",
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert len(re.findall(r"(?m)^\S+::test_\w+\[", found.stdout)) >= 12
