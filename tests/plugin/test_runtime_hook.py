"""A runtime of another plugin: the one of the documentation, for agents and for checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.vocabulary import CheckStatus, Fault
from tests.docs.pages import ROOT, blocks

from .conftest import Project, Refused

AGENT = """

import sys
from pytest_harness.backends.base import Probe
from pytest_harness.records import ProposalRecord
from pytest_harness.vocabulary import Ended

@dataclass(frozen=True)
class Writer:
    model: str | None = None
    id: str = "writer"
    provider: str = "writer"
    runtime: str = "depot"
    timeout: float = 60.0
    max_concurrency: int | None = None

    def settings(self):
        return {}

    def probe(self, runner, environment):
        return Probe(backend="writer", provider="writer", ready=True)

    def propose(self, request):
        lines = []
        script = (
            "pwd > where.txt; echo all >> a.txt; rm gone.txt; mkdir empty; ln -s a.txt link; "
            "touch $HOME/made; echo one; echo two"
        )
        result = request.runner.run(
            ProcessSpec(
                argv=("sh", "-c", script),
                cwd=request.workspace,
                env={"PATH": request.environment["PATH"], "HOME": str(request.scratch)},
                timeout=request.timeout,
            ),
            lambda line, at: lines.append(line.decode()),
        )
        made = (request.scratch / "made").exists()
        return ProposalRecord(
            backend=self.id, provider=self.provider, model=None, runtime=request.runtime.name,
            cwd=str(request.workspace), ended=result.ended, exit=result.exit,
            completed=result.exit == 0, answer=",".join(lines) + str(made),
        )

def pytest_harness_backends(config):
    return {"writer": lambda model: Writer(model=model)}
"""

TARGET = """
@harness_target
def greeting():
    return target(checks=[
        FileContains("all", "a.txt", ["all"]),
        FileContains("where", "where.txt", ["%s"]),
        Command("here", "pwd; exit 3", expect_exit=3, expect_output="%s"),
    ])

def test_improves(greeting):
    assert greeting.best.score > greeting.baseline.score

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""


def example(file: str) -> str:
    """Return a block of the page on runtimes."""
    (found,) = (
        block.text for block in blocks(ROOT / "docs/your-own-runtime.md") if block.file == file
    )
    return found


@pytest.fixture
def depot(project: Project) -> Path:
    """A project with a runtime that runs processes in the returned directory."""
    depot = project.path / "depot"
    depot.mkdir()
    (project.path / "ws" / "gone.txt").write_text("to be removed\n")
    (project.path / "conftest.py").write_text(example("conftest.py") + AGENT)
    (project.path / "harness.toml").write_text(f'[runtimes.depot]\ndepot = "{depot}"\n')
    project.write(TARGET % (depot, depot))
    return depot


@pytest.mark.parametrize("chosen", [(), ("--harness-runtime=depot",)], ids=["own", "option"])
def test_agents_and_checks_run_there(
    project: Project, depot: Path, mode: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    project.run("--harness-backend=writer", *chosen, *mode).assert_outcomes(passed=2)
    (cell,) = project.cells()
    assert cell.runtime == "depot"
    proposal = cell.candidates[1].proposal
    assert proposal is not None
    assert proposal.runtime == "depot"
    assert proposal.answer == "one,twoTrue"
    assert {change.path for change in cell.candidates[1].changes} >= {
        "a.txt",
        "gone.txt",
        "link",
        "where.txt",
    }
    assert not list(depot.iterdir())


def test_checks_of_a_free_backend_run_there_too(project: Project, depot: Path) -> None:
    project.run("--harness-runtime=depot")
    (cell,) = project.cells()
    assert cell.candidates[0].evaluation is not None
    results = {result.name: result for result in cell.candidates[0].evaluation.checks}
    assert results["here"].status is CheckStatus.PASSED


def test_a_runtime_that_cannot_be_had_is_an_error_with_its_remedy(
    project: Project, depot: Path
) -> None:
    depot.rmdir()
    project.run("--harness-backend=writer").assert_outcomes(errors=2)
    (cell,) = project.cells()
    assert cell.fault is Fault.UNSUPPORTED
    assert f"there is no directory {depot}; run: mkdir {depot}" in cell.reason


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", 'the runtime depot has no directory; add depot = "/srv/depot"'),
        ('depot = "/tmp"\nspeed = 3', "the runtime depot does not know speed; remove it"),
        ('depot = "/tmp"\nprocesses = 0', "runtimes.depot.processes is no number from 1 on"),
    ],
)
def test_wrong_settings_are_one_sentence(
    project: Project, depot: Path, table: str, sentence: str
) -> None:
    (project.path / "harness.toml").write_text(f"[runtimes.depot]\n{table}\n")
    result = project.run("--harness-runtime=depot")
    text = result.stdout.str() + result.stderr.str()
    assert result.ret != 0
    assert sentence in text
    assert "Traceback" not in text
    assert not project.runs()


def test_two_plugins_cannot_offer_the_same(project: Project, depot: Path, refused: Refused) -> None:
    (project.path / "other.py").write_text(
        "def pytest_harness_runtimes(config):\n    return {'depot': None}\n"
    )
    project.pytester.syspathinsert()
    result = project.run("-p", "other", "--harness-runtime=depot")
    refused(result, "two plugins offer a runtime 'depot'; disable one of them")


def test_a_runtime_that_ships_is_not_replaced(
    project: Project, depot: Path, refused: Refused
) -> None:
    (project.path / "other.py").write_text(
        "def pytest_harness_runtimes(config):\n    return {'host': None}\n"
    )
    project.pytester.syspathinsert()
    result = project.run("-p", "other", "--harness-runtime=depot")
    refused(result, "a plugin offers a runtime 'host', which is one that ships; rename it there")


def test_an_unknown_runtime_is_refused_with_a_hint(
    project: Project, depot: Path, refused: Refused
) -> None:
    refused(project.run("--harness-runtime=depott"), "did you mean 'depot'?")
