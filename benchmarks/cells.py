"""What a cell costs beyond its own work: ``python benchmarks/cells.py [--short]``.

The work itself is what no cell can do without: the copies of the workspace, the repository, and the
checks. It is timed with the very functions that a cell uses, and compared with whole cells under
the backend fake with a trivial check. Then the same cells are run by pytest with JUnit and HTML,
and four cells whose agent waits for 2 s are run on four workers.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_harness import FileContains, Target
from pytest_harness.allowance.account import Account, Policy
from pytest_harness.backends.fake import FakeBackend
from pytest_harness.cell import Workshop
from pytest_harness.cell_request import CellRequest
from pytest_harness.checks import CheckContext
from pytest_harness.ledger import RunWriter, run_path
from pytest_harness.records import Point, RunRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import Outcome, RuntimeMode
from pytest_harness.workspace import Repositories, copy_tree, make_empty, remove_tree, scan

MANY = """
from pytest_harness import FileContains, Target, harness_target

@harness_target(trials={cells})
def greeting():
    return Target(
        workspace="workspace",
        objective="Greet everyone.",
        checks=[FileContains("all", "greeting.txt", ["all"])],
        solution="solution",
    )

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""

WAITING = """
import time
from pytest_harness import FileContains, Target, harness_target

def agent(workspace):
    time.sleep(2)
    (workspace / "greeting.txt").write_text("hello all")

@harness_target(trials=4)
def greeting():
    return Target(
        workspace="workspace",
        objective="Greet everyone.",
        checks=[FileContains("all", "greeting.txt", ["all"])],
        solution=agent,
    )

def test_improves(greeting):
    assert greeting.best.score > greeting.baseline.score

def test_solves(greeting):
    assert greeting.best.score == 1.0
"""

TESTS = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_empty(number):
    pass
"""


@dataclass(frozen=True)
class Ended:
    """How a pytest session ended."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, its children included."""
    memory: float
    """Peak of its largest process, in MB."""


def make_project(root: Path) -> Path:
    """Make a workspace and a solution."""
    for name, text in (("workspace", "hello\n"), ("solution", "hello all\n")):
        (root / name).mkdir(parents=True)
        (root / name / "greeting.txt").write_text(text)
    return root


def run_pytest(project: Path, text: str, *arguments: str) -> Ended:
    """Run pytest on one file of targets and tests."""
    (project / "test_cells.py").write_text(text)
    (project / "pytest.ini").write_text("[pytest]\n")
    shutil.rmtree(project / ".harness", ignore_errors=True)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    argv += [f"--rootdir={project}", str(project)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(project)}
    silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    begin = time.perf_counter()
    pid = os.posix_spawn(sys.executable, argv, environment, file_actions=silent)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    if status:
        raise SystemExit(f"pytest failed in {project}: status {status}")
    return Ended(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def bare_cell(project: Path, place: Path, repositories: Repositories, target: Target) -> None:
    """Do what a cell cannot do without: four copies, a repository, two checks."""
    check = target.checks[0]
    original, work = place / "original", place / "work"
    copy_tree(project / "workspace", original)
    digest = scan(original).digest

    def grade() -> None:
        check.grade(
            CheckContext(
                workspace=work,
                original=original,
                hidden=(),
                changes=(),
                answer=None,
                tool_calls=None,
                runner=repositories._runner,
                env={},
                scratch=place,
            )
        )

    copy_tree(original, work)
    grade()
    remove_tree(work)
    copy_tree(original, work)
    repositories.install(work, digest)
    (work / "greeting.txt").write_text("hello all\n")
    remove_tree(work / ".git")
    work.rename(place / "candidate")
    copy_tree(place / "candidate", work)
    grade()
    make_empty(place)


def in_process(project: Path, cells: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each bare cell and of each whole one, made in turns."""
    target = Target(
        workspace="workspace",
        objective="Greet everyone.",
        checks=[FileContains("all", "greeting.txt", ["all"])],
        solution="solution",
    )
    resolved = target.resolve("greeting", project)
    now = datetime.now(UTC)
    writer = RunWriter(run_path(project / ".harness", "bench"), "benchmark", "main")
    writer.open(resume=False)
    writer.write_run(RunRecord(name="bench", session="benchmark", started_at=now, root="/"))
    stage = project / "stage"
    stage.mkdir()
    bare: list[float] = []
    whole: list[float] = []
    with Supervisor() as supervisor:
        repositories = Repositories(stage / "repositories", supervisor)
        workshop = Workshop(
            writer=writer,
            runner=supervisor,
            account=Account(writer, Policy()),
            repositories=repositories,
            environment=dict(os.environ),
            temporary=stage,
        )
        for number in range(cells + 1):
            request = CellRequest(
                key=f"test_cells.py::greeting[fake-t{number}]",
                target_id="greeting",
                id=f"fake-t{number}",
                directory=f"fake-t{number}",
                point=Point(backend="fake", trial=number + 1),
                target=resolved,
                backend=FakeBackend(),
                runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.HOST)),
                budget=1,
                timeout=60.0,
                root=project,
            )
            begin = time.perf_counter()
            bare_cell(project, stage / "bare", repositories, target)
            middle = time.perf_counter()
            record = workshop.obtain(request)
            end = time.perf_counter()
            assert record.outcome is Outcome.KEEP
            if number:
                bare.append(1000 * (middle - begin))
                whole.append(1000 * (end - middle))
    writer.close()
    return bare, whole


def main(*, short: bool) -> None:
    """Measure and print."""
    few, many = (20, 100) if short else (200, 1000)
    reports = ("--junitxml=report.xml", "--html=report.html")
    with tempfile.TemporaryDirectory(prefix="bench-cells-") as name:
        folder = Path(name).resolve()
        os.chdir(folder)
        bare, whole = map(statistics.median, in_process(make_project(folder / "one"), few))
        line("a cell's copies, repository and checks", bare, "ms, median")
        line("a whole cell", whole, "ms, median")
        line("beyond its own work", whole - bare, "ms (limit 5)")
        line("ratio", whole / bare, "")

        project = make_project(folder / "many")
        some = run_pytest(project, MANY.format(cells=few), *reports)
        all_ = run_pytest(project, MANY.format(cells=many), *reports)
        plain = run_pytest(project, TESTS.format(tests=many), *reports)
        line(f"pytest, {many} cells, JUnit and HTML", all_.wall, f"s (limit {many * 0.03:g})")
        line("CPU time of it", all_.cpu, "s")
        line("the same with empty tests", plain.wall, "s")
        line("ratio to cells' own work and empty tests", ratio(all_, plain, bare, many), "")
        line(f"peak memory, {few} cells", some.memory, "MB")
        line(f"peak memory, {many} cells", all_.memory, "MB")
        line("growth per cell", 1024 * (all_.memory - some.memory) / (many - few), "kB")

        project = make_project(folder / "waiting")
        waiting = run_pytest(project, WAITING, "-n4")
        line("four cells that wait 2 s, -n 4", waiting.wall, "s (limit 4)")
        line("ratio to the wait", waiting.wall / 2, "")


def ratio(session: Ended, plain: Ended, bare: float, cells: int) -> float:
    """Return how much longer the cells take than their own work within pytest."""
    return session.wall / (plain.wall + cells * bare / 1000)


def line(what: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f"{what:44}{value:10.2f} {unit}", flush=True)


if __name__ == "__main__":
    main(short="--short" in sys.argv)
