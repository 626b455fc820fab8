"""A job done once: read logs, write a report, and say what happened."""

import json
from fractions import Fraction
from pathlib import Path

from pytest_harness import Answer, Cell, Python, Solution, Target, Unchanged, harness_target

OBJECTIVE = """\
Find out from the logs which service failed first on its own, and write report.json: an object
with "service" (the name of its log without .log), "failed_at" (the time of the line that shows
it, as in the log), "cause" (one sentence) and "affected" (the names of the services that failed
because of it, sorted). Mail failed for a reason of its own. Leave the logs as they are. Then
answer in one sentence: which service was it, and why?
"""


def report(workspace: Path) -> dict[str, object]:
    return json.loads((workspace / "report.json").read_text(encoding="utf-8"))


def finds_the_failure(workspace: Path) -> bool:
    found = report(workspace)
    return (found["service"], found["failed_at"]) == ("stock", "2025-05-03T10:02:17Z")


def tells_the_whole_story(workspace: Path) -> Fraction:
    found = report(workspace)
    told = [found["affected"] == ["gateway", "orders"], "space" in str(found["cause"])]
    return Fraction(sum(told), len(told))


@harness_target
def incident() -> Target:
    """Reading logs; a task; starts at 1/7, for the logs that nobody has touched."""
    return Target(
        kind="task",
        workspace="../workspaces/incident",
        objective=OBJECTIVE,
        writable=["report.json", "logs"],
        checks=[
            Unchanged("logs-unchanged", ["logs"], weight=1),
            Python("finds-the-failure", finds_the_failure, weight=3),
            Python("tells-the-whole-story", tells_the_whole_story, weight=2),
            Answer("says-so", contains=["stock", "space"], ignore_case=True, weight=1),
        ],
        solution=Solution(
            files="../solutions/incident",
            answer="It was stock: its export left no space on the device.",
        ),
    )


def test_finds_the_failure(incident: Cell) -> None:
    assert incident.attempt.score == 1.0
