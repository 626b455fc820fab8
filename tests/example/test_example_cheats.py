from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from .conftest import RunExample

YES = "#!/usr/bin/env bash\nexit 0\n"
NO = "#!/usr/bin/env bash\nexit 1\n"
FAKE_INTERPRETER = """#!/usr/bin/env bash
mkdir -p .venv/bin
for name in python minutes; do
    printf '#!/bin/sh\\nexit 0\\n' > ".venv/bin/$name"
    chmod +x ".venv/bin/$name"
done
"""


def talk(folder: Path, target: str, bootstrap: str, others: str) -> None:
    """Replace a solution: its words in every place, and none of its deeds."""
    solution = folder / "solutions" / target
    words = "".join(f"# {line}\n" for line in (solution / "AGENTS.md").read_text().splitlines())
    for script in ("bootstrap", "validate", "test"):
        text = bootstrap if script == "bootstrap" else others
        (solution / "scripts" / f"{script}.sh").write_text(text + words)


@pytest.mark.parametrize(
    ("bootstrap", "others"),
    [(YES, YES), (NO, NO), (FAKE_INTERPRETER, YES)],
    ids=["scripts-that-say-yes", "scripts-that-say-no", "fake-interpreter"],
)
def test_scripts_that_only_talk_gain_nothing(
    run_example: RunExample, example_copy: Callable[[], Path], bootstrap: str, others: str
) -> None:
    folder = example_copy()
    for target in ("python_fixture", "python_cli"):
        talk(folder, target, bootstrap, others)
    ran = run_example(folder, "tests/test_python_fixture.py", "tests/test_python_cli.py")
    assert ran.exit == 1, ran.output
    assert ran.scores("python_fixture") == ["1/20", "1/20"]
    assert ran.scores("python_cli") == ["1/22", "1/22"]


def test_an_honest_bootstrap_does_not_carry_the_rest(
    run_example: RunExample, example_copy: Callable[[], Path]
) -> None:
    folder = example_copy()
    for target in ("python_fixture", "python_cli"):
        honest = (folder / "solutions" / target / "scripts" / "bootstrap.sh").read_text()
        talk(folder, target, honest, YES)
    ran = run_example(folder, "tests/test_python_fixture.py", "tests/test_python_cli.py")
    assert ran.scores("python_fixture") == ["1/20", "3/10"]
    assert ran.scores("python_cli") == ["1/22", "5/11"]


def test_learning_by_heart_gains_next_to_nothing(
    run_example: RunExample, example_copy: Callable[[], Path]
) -> None:
    folder = example_copy()
    tickets = (folder / "workspaces/ticket_router/tickets.jsonl").read_text(encoding="utf-8")
    known = {ticket["text"]: ticket["team"] for ticket in map(json.loads, tickets.splitlines())}
    honest = (folder / "workspaces/ticket_router/router.py").read_text(encoding="utf-8")
    solution = folder / "solutions" / "ticket_router"
    shutil.rmtree(solution)
    solution.mkdir()
    (solution / "router.py").write_text(
        f"{honest}\n\nguess, KNOWN = route, {known!r}\n\n\n"
        "def route(text):\n    return KNOWN.get(text) or guess(text)\n",
        encoding="utf-8",
    )
    ran = run_example(folder, "tests/test_ticket_router.py")
    before, after = (Fraction(score or 0) for score in ran.scores("ticket_router"))
    assert (before, after) == (Fraction(3, 4), Fraction(3, 4) + Fraction(1, 24))
