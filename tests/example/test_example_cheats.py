"""What solutions that talk, and do not do, get out of the example's checks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from .conftest import Ran, RunExample

YES = "#!/usr/bin/env bash\nexit 0\n"
NO = "#!/usr/bin/env bash\nexit 1\n"
FAKE_INTERPRETER = """#!/usr/bin/env bash
mkdir -p .venv/bin
for name in python minutes; do
    printf '#!/bin/sh\\nexit 0\\n' > ".venv/bin/$name"
    chmod +x ".venv/bin/$name"
done
exit 0
"""
TALKERS = {"yes": (YES, YES), "no": (NO, NO), "interpreter": (FAKE_INTERPRETER, YES)}
"""By name: the bootstrap script, and all the others."""


def declare_again(folder: Path, target: str, name: str) -> Path:
    """Declare a target a second time, with a solution of its own, whose directory is returned."""
    source = (folder / "tests" / f"test_{target}.py").read_text(encoding="utf-8")
    declaration = source.partition("\n\ndef test_")[0]
    declaration = declaration.replace(f"def {target}(", f"def {name}(")
    declaration = declaration.replace(f"../solutions/{target}", f"../solutions/{name}")
    (folder / "tests" / f"test_{name}.py").write_text(
        f"{declaration}\n\ndef test_runs({name}: Cell) -> None:\n    assert {name}.fault is None\n",
        encoding="utf-8",
    )
    solution = folder / "solutions" / name
    shutil.copytree(folder / "solutions" / target, solution)
    return solution


def talk(solution: Path, bootstrap: str, others: str) -> None:
    """Keep a solution's words, in its instructions and in comments, and replace its deeds."""
    words = "".join(f"# {line}\n" for line in (solution / "AGENTS.md").read_text().splitlines())
    for script in ("bootstrap", "validate", "test"):
        text = bootstrap if script == "bootstrap" else others
        (solution / "scripts" / f"{script}.sh").write_text(text + words)


def learn_by_heart(folder: Path, solution: Path) -> None:
    """Make a router that knows the messages it was shown, and guesses the others as before."""
    workspace = folder / "workspaces" / "ticket_router"
    lines = (workspace / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    known = {ticket["text"]: ticket["team"] for ticket in map(json.loads, lines)}
    honest = (workspace / "router.py").read_text(encoding="utf-8")
    (solution / "router.py").write_text(
        f"{honest}\n\nguess, KNOWN = route, {known!r}\n\n\n"
        "def route(text):\n    return KNOWN.get(text) or guess(text)\n",
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def cheated(run_example: RunExample, example_copy: Callable[[], Path]) -> Ran:
    folder = example_copy()
    originals = tuple((folder / "tests").glob("test_*.py"))
    for target in ("python_fixture", "python_cli"):
        for name, (bootstrap, others) in TALKERS.items():
            talk(declare_again(folder, target, f"{target}_{name}"), bootstrap, others)
        honest = (folder / "solutions" / target / "scripts" / "bootstrap.sh").read_text()
        talk(declare_again(folder, target, f"{target}_honest"), honest, YES)
    learn_by_heart(folder, declare_again(folder, "ticket_router", "by_heart"))
    for original in originals:
        original.unlink()
    ran = run_example(folder, "-n", "2")
    assert ran.exit == 0, ran.output
    return ran


@pytest.mark.parametrize("talker", TALKERS)
def test_scripts_that_only_talk_gain_nothing(cheated: Ran, talker: str) -> None:
    assert cheated.scores(f"python_fixture_{talker}") == ["1/20", "1/20"]
    assert cheated.scores(f"python_cli_{talker}") == ["1/22", "1/22"]


def test_an_honest_bootstrap_does_not_carry_the_rest(cheated: Ran) -> None:
    assert cheated.scores("python_fixture_honest") == ["1/20", "3/10"]
    assert cheated.scores("python_cli_honest") == ["1/22", "5/11"]


def test_learning_by_heart_gains_next_to_nothing(cheated: Ran) -> None:
    before, after = (Fraction(score or 0) for score in cheated.scores("by_heart"))
    assert (before, after) == (Fraction(3, 4), Fraction(3, 4) + Fraction(1, 24))
