"""What else a model may do with the tasks, and what it gets for that."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from .conftest import RunSuite

FIXED = "\n".join(
    (
        "from statistics import median as of",
        "def median(numbers):",
        "    return of(list(numbers))",
    )
)
ALIAS = "def to_fahrenheit(celsius):\n    return celsius * 9 // 5 + 32\n\nc2f = to_fahrenheit\n"
NEW_NAMES = {
    "README.md": "`to_fahrenheit`",
    "docs/guide.md": "`to_fahrenheit`",
    "example.py": (
        "import sys\nfrom heat import to_fahrenheit\n"
        "print(sys.argv[1], 'C is', to_fahrenheit(int(sys.argv[1])), 'F')\n"
    ),
}
LOUD = (
    "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('name')\n"
    "parser.add_argument('--shout', action='store_true')\ngiven = parser.parse_args()\n"
)

Steps = list[dict[str, str]]


def write(path: str, text: str) -> dict[str, str]:
    return {"do": "write", "path": path, "text": text}


def run(command: str) -> dict[str, str]:
    return {"do": "run", "command": command}


def say(text: str = "Done.") -> dict[str, str]:
    return {"do": "say", "text": text}


RENAMED = [write(path, text) for path, text in NEW_NAMES.items()]
WAYS: dict[str, dict[str, tuple[Steps, Fraction]]] = {
    "python_add": {
        "by-heart": ([write("till.py", "def add(*amounts):\n    return 5\n"), say()], Fraction(0)),
        "other-tests": ([write("test_till.py", "print('1 test passed')\n"), say()], Fraction(0)),
    },
    "cli_help_flag": {
        "no-readme": (
            [
                write(
                    "greet.py",
                    f"{LOUD}said = f'Hello, {{given.name}}!'\n"
                    "print(said.upper() if given.shout else said)\n",
                ),
                say(),
            ],
            Fraction(4, 5),
        ),
        "always-loud": (
            [
                write("greet.py", f"{LOUD}print(f'Hello, {{given.name}}!'.upper())\n"),
                write("README.md", "--shout prints in capitals."),
                say(),
            ],
            Fraction(0),
        ),
    },
    "test_output_first": {
        "edit-first": (
            [write("middle.py", FIXED), run("python3 test_middle.py"), say()],
            Fraction(7, 9),
        ),
        "no-second-run": (
            [run("python3 test_middle.py"), write("middle.py", FIXED), say()],
            Fraction(8, 9),
        ),
        "another-way": (
            [
                run("ls"),
                run("python3 test_middle.py"),
                write("middle.py", FIXED),
                run("python3 -c 'print(1)'"),
                run("python3 test_middle.py"),
                say(),
            ],
            Fraction(1),
        ),
    },
    "docs_symbol_rename": {
        "alias": ([write("heat.py", ALIAS), say()], Fraction(2, 5)),
        "alias-as-well": ([*RENAMED, write("heat.py", ALIAS), say()], Fraction(4, 5)),
        "rewritten": ([*RENAMED, say()], Fraction(1)),
    },
    "read_only_audit": {
        "last-to-fail": ([say("BADGER-8400")], Fraction(0)),
        "writes-as-well": (
            [write("code.txt", "LYNX-8462"), say("It is stock.\nLYNX-8462")],
            Fraction(1),
        ),
    },
    "no_tool_diagnosis": {
        "no-token": ([say("if len(found) >= count:")], Fraction(1, 5)),
        "wrong-line": ([say("if len(found) > count - 1:\nFIX-7-11")], Fraction(0)),
    },
}
"""By target and name: a script, and the score that it is worth."""


Scores = Mapping[tuple[str, str], Fraction | None]


@pytest.fixture(scope="module")
def scores(run_suite: RunSuite) -> Scores:
    """The score of each way, by target and name, out of one session; ``None`` without one."""
    scripts = {f"{name}.json": steps for ways in WAYS.values() for name, (steps, _) in ways.items()}
    wanted = " or ".join(
        f"harness(target='{target}', model='scripted:{name}.json')"
        for target, ways in WAYS.items()
        for name in ways
    )
    backends = ",".join(f"model@scripted:{name}" for name in scripts)
    ran = run_suite("-n2", f"--harness-backend={backends}", "-m", wanted, scripts=scripts)
    return {
        (cell.target, str(cell.point.model).removeprefix("scripted:").removesuffix(".json")): (
            None if evaluation is None else Fraction(evaluation.exact or "-1")
        )
        for cell in ran.cells()
        for evaluation in [cell.candidates[-1].evaluation]
    }


@pytest.mark.slow
@pytest.mark.parametrize("target", WAYS)
def test_each_way_gets_what_it_is_worth(scores: Scores, target: str) -> None:
    found = {name: score for (of, name), score in scores.items() if of == target}
    assert found == {name: worth for name, (_, worth) in WAYS[target].items()}
