"""Routing code, measured on messages that it has seen and on messages that it has not."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from pytest_harness import Cell, Python, Target, harness_target

OBJECTIVE = """\
Improve route() in router.py, so that it finds the right team for messages like those in
tickets.jsonl. It is measured on others, so look for what the messages mean; do not list them.
python3 measure.py shows the mistakes. Change router.py only, and use nothing but the standard
library.
"""

ROUTE = """
import json, sys
from router import route
json.dump([route(text) for text in json.load(sys.stdin)], sys.stdout)
"""


def routes(workspace: Path, texts: list[str]) -> list[str]:
    """Ask the workspace's router, in a process of its own that is told nothing but the texts."""
    command = [sys.executable, "-c", ROUTE]
    asked = subprocess.run(
        command, cwd=workspace, input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return json.loads(asked.stdout)


def share_right(workspace: Path, lines: str) -> Fraction:
    """Return the share of sorted messages for which the router finds the team."""
    tickets = [json.loads(line) for line in lines.splitlines()]
    found = routes(workspace, [ticket["text"] for ticket in tickets])
    right = sum(team == ticket["team"] for team, ticket in zip(found, tickets, strict=True))
    return Fraction(right, len(tickets))


def held_out(workspace: Path) -> Fraction:
    """Take the hidden messages away before any code of the candidate runs, then ask."""
    file = workspace / "heldout.jsonl"
    lines = file.read_text(encoding="utf-8")
    file.unlink()
    return share_right(workspace, lines)


def examples(workspace: Path) -> Fraction:
    """Ask for the messages that everybody may see."""
    return share_right(workspace, (workspace / "tickets.jsonl").read_text(encoding="utf-8"))


def copes_with_anything(workspace: Path) -> bool:
    """Whether every text gets a team, and the same one each time."""
    texts = ["", " ", "?!", "ÄÖÜ ✉ 你好", "invoice " * 20_000, "PARCEL\n\n\nlost"]
    teams = {"access", "billing", "hardware", "shipping"}
    first, second = routes(workspace, texts), routes(workspace, texts)
    return first == second and set(first) <= teams


@harness_target
def ticket_router() -> Target:
    """Keyword rules for a help desk; starts at 3/4."""
    return Target(
        workspace="../workspaces/ticket_router",
        objective=OBJECTIVE,
        writable=["router.py"],
        checks=[
            # First, because it removes the hidden file: see held_out.
            Python("held-out", held_out, weight=5),
            Python("examples", examples, weight=1),
            Python("copes-with-anything", copes_with_anything, weight=2, required=True),
        ],
        solution="../solutions/ticket_router",
        hidden="../hidden/ticket_router",
    )


def test_improves(ticket_router: Cell) -> None:
    assert ticket_router.best.score > ticket_router.baseline.score


def test_solves(ticket_router: Cell) -> None:
    assert ticket_router.best.score == 1.0
