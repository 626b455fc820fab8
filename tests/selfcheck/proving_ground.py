"""A target whose checks are as its author was told to make them, for every trick to be tried on."""

from __future__ import annotations

from pathlib import Path

from tests.plugin.conftest import Project

DECLARATION = """
import pytest
from pytest_harness import Command, FileContains, Pytest, Target, harness_target
from pytest_harness.backends.cheat import CheatBackend

@harness_target
def ground():
    return Target(
        workspace="ground/ws",
        objective="Make scripts/say.sh say it, half() halve; README.md 'repeats faithfully'.",
        hidden="ground/hidden",
        overlays="ground/overlays",
        solution="ground/solution",
        protected=["tests"],
        checks=[
            FileContains("words", "README.md", ["repeats faithfully"], weight=0.1),
            Command("answers", 'n=$RANDOM$RANDOM; test "$(bash scripts/say.sh $n)" = "say $n"'),
            Command("environment", ".venv/bin/python -c 'print(6 * 7)'", expect_output="42"),
            Pytest("tests", ["tests"]),
            Command(
                "finds-bug",
                "bash scripts/say.sh",
                overlay="bug",
                expect_exit="nonzero",
                needs=("answers",),
            ),
        ],
    )

def test_it(ground):
    assert ground.best.score == 0
"""

CONFTEST = """
from pytest_harness.backends.cheat import CheatBackend

def pytest_harness_backends():
    return {"vandal": lambda model: CheatBackend(id="vandal", model=model, harm=True)}
"""

FILES = {
    "ws/README.md": "# say\n",
    "ws/scripts/say.sh": "exit 3\n",
    "ws/scripts/setup.sh": "exit 3\n",
    "ws/halves.py": "def half(number):\n    return number\n",
    "ws/tests/test_half.py": (
        "from halves import half\n\ndef test_two():\n    assert half(2) == 1\n"
    ),
    "ws/tests/conftest.py": "",
    "ws/.venv/bin/python": "#!/bin/sh\nexit 3\n",
    "hidden/tests/test_more.py": (
        "import unittest\nfrom halves import half\n\nclass MoreTest(unittest.TestCase):\n"
        "    def test_nine(self):\n        self.assertEqual(half(9), 4.5)\n"
    ),
    "overlays/bug/scripts/bug.txt": "a bug\n",
    "solution/scripts/say.sh": 'echo "say $1"\n',
}


def make_ground(project: Project) -> Path:
    """Write the project's files and return its directory."""
    for name, text in FILES.items():
        path = project.path / "ground" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (project.path / "ground/ws/.venv/bin/python").chmod(0o755)
    (project.path / "test_it.py").write_text(DECLARATION)
    (project.path / "conftest.py").write_text(CONFTEST)
    return project.path
