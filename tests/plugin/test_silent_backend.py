"""What is said of a proposal whose backend does not say how it ended."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

CONFTEST = """
from dataclasses import dataclass

from pytest_harness.backends.base import Probe
from pytest_harness.records import ProposalRecord
from pytest_harness.vocabulary import Ended

ENDINGS = {
    "late": dict(ended=Ended.TIMEOUT),
    "greedy": dict(ended=Ended.LIMIT),
    "shot": dict(ended=Ended.EXIT, signal=9),
    "failing": dict(ended=Ended.EXIT, exit=3),
    "mute": {},
}


@dataclass(frozen=True, kw_only=True)
class Silent:
    model: str
    id: str = "silent"
    provider: str = "silent"
    runtime: str = "host"
    timeout: float = 60.0
    max_concurrency: int | None = None

    def settings(self):
        return {}

    def probe(self, runner, environment):
        return Probe(backend=self.id, provider=self.provider, ready=True)

    def propose(self, request):
        return ProposalRecord(
            backend=self.id, provider=self.provider, model=self.model, runtime="host",
            completed=False, **ENDINGS[self.model],
        )


def pytest_harness_backends(config):
    return {"silent": lambda model: Silent(model=model)}
"""

TEST = """
@harness_target
def greeting():
    return target()

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("late", "it was still running at its time limit"),
        ("greedy", "it was killed by a limit of its runtime"),
        ("shot", "it was ended by signal 9"),
        ("failing", "it ended with exit code 3"),
        ("mute", "the backend says that it did not complete, and not why"),
    ],
)
def test_the_failure_says_how_it_ended(project: Project, model: str, reason: str) -> None:
    project.write(TEST)
    (project.path / "conftest.py").write_text(CONFTEST)
    result = project.run(f"--harness-backend=silent@{model}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"reason: {reason}"])
