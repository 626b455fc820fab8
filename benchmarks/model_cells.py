"""What cells of a plain model cost beyond their commands: ``python benchmarks/model_cells.py``.

The suite of coding tasks, played by the mock in both tool formats, is compared with the commands
that it runs, started bare one after the other: the mock's own, and those of the checks. Both are
measured in turns, so that a busy machine slows both. Then the same cells are run by one process and
by two workers, 600 of them (120 with ``--short``).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.suites.coding import edits

LINE = "from pytest_harness.suites.coding import *\n"
FORMATS = ("native", "text")
MOCK = (
    "--harness-backend=model",
    "--harness-model=mock:mock",
    f"--harness-format={','.join(FORMATS)}",
)
DATA = Path(edits.__file__).parent / "data"
CELLS = 12
BASH = ("bash", "-c")


@dataclass(frozen=True)
class Spent:
    """What something took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processors, which a busy machine does not change much."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)


@dataclass(frozen=True)
class Done:
    """A program that has ended."""

    exit: int
    """Its exit code."""
    output: str
    """What it printed."""
    spent: Spent
    """What it took."""


@dataclass(frozen=True)
class Work:
    """The commands of one target."""

    target: str
    """Its name."""
    baseline: Sequence[Sequence[str]]
    """Those of the checks that run on what the target starts from."""
    attempt: Sequence[Sequence[str]]
    """Those of the mock, and of the checks of what it made."""


TILL = ("python3", "test_till.py")
MIDDLE = ("python3", "test_middle.py")
HIDDEN = (*BASH, edits.HIDDEN_TESTS)
SHOUTS = (*BASH, edits.SHOUTS)
CONVERTS = (*BASH, edits.CONVERTS)
SHOUT = ("python3", "greet.py", "--shout", "Ada")
HELP = ("python3", "greet.py", "--help")
EXAMPLE = ("python3", "example.py", "20")
WORK = (
    Work("python_add", [HIDDEN], [TILL, HIDDEN]),
    Work("cli_help_flag", [SHOUTS], [SHOUT, SHOUTS, HELP]),
    Work("test_output_first", [HIDDEN], [MIDDLE, MIDDLE, HIDDEN]),
    Work("docs_symbol_rename", [CONVERTS], [EXAMPLE, CONVERTS, (*BASH, edits.NAMES)]),
)
"""The targets that run commands; two further ones run none."""


def environment(home: Path) -> dict[str, str]:
    """Return what processes get: this interpreter first on ``PATH``, and not a shim of it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(home)}


def bare(folder: Path) -> tuple[Spent, Spent]:
    """Return what the commands of the baselines take by themselves, and those of 12 attempts."""
    baselines = attempts = Spent(0.0, 0.0)
    for work in WORK:
        layers: tuple[str, ...] = ("workspaces", "hidden")
        baselines += commands(folder, work.target, layers, work.baseline)
        layers = ("workspaces", "solutions", "hidden")
        for _ in FORMATS:
            attempts += commands(folder, work.target, layers, work.attempt)
    return baselines, attempts


def commands(
    folder: Path, target: str, layers: Sequence[str], given: Sequence[Sequence[str]]
) -> Spent:
    """Return what commands take in a fresh copy of a target's files."""
    place = folder / "bare"
    for layer in layers:
        if (DATA / layer / target).is_dir():
            shutil.copytree(DATA / layer / target, place, dirs_exist_ok=True)
    spent = Spent(0.0, 0.0)
    for argv in given:
        spent += run(argv, place, environment(folder)).spent
    shutil.rmtree(place)
    return spent


def session(project: Path, *arguments: str) -> Spent:
    """Run the suite by pytest and return what that took."""
    shutil.rmtree(project / ".harness", ignore_errors=True)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *MOCK, *arguments]
    done = run(argv, project, environment(project))
    if done.exit:
        raise SystemExit(f"pytest failed in {project}: {done.output[-2000:]}")
    return done.spent


def run(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Done:
    """Run a program, and measure it with all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(
        argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Done(done.returncode, done.stdout, Spent(wall, cpu))


def cells(project: Path) -> float:
    """Return the seconds of all cells of the last session, from their records."""
    found = project.glob(".harness/runs/latest/cells/*/*/cell.json")
    return sum(float(json.loads(path.read_bytes())["duration"]) for path in found)


def line(what: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f"{what:44}{value:10.2f} {unit}", flush=True)


def main(*, short: bool) -> None:
    """Measure and print."""
    trials = 10 if short else 50
    with tempfile.TemporaryDirectory(prefix="bench-model-") as name:
        project = Path(name).resolve()
        (project / "pytest.ini").write_text("[pytest]\n")
        (project / "test_coding.py").write_text(LINE)
        session(project, "-n0")
        alone: list[tuple[Spent, Spent]] = []
        own: list[float] = []
        whole: list[Spent] = []
        for _ in range(3 if short else 9):
            alone.append(bare(project))
            whole.append(session(project, "-n0"))
            own.append(cells(project))
        bares = [baselines.wall + attempts.wall for baselines, attempts in alone]
        line("the commands of 12 cells, bare", statistics.median(bares), "s, median")
        line("12 cells", statistics.median(own), "s, median")
        line("ratio", ratio(own, bares), "(limit 2)")
        once = [each.wall for each in whole]
        line("12 cells, pytest's start and end included", statistics.median(once), "s, median")
        many = (f"--harness-trials={trials}",)
        one = session(project, "-n0", *many)
        two = session(project, "-n2", *many)
        line(f"{CELLS * trials} cells, -n 0", one.wall, "s")
        line(f"{CELLS * trials} cells, -n 2", two.wall, "s")
        line("times as fast as -n 0", one.wall / two.wall, "(at least 1.8)")
        # A target's baseline is evaluated once, however many trials there are.
        further = (one.cpu - statistics.median(each.cpu for each in whole)) / (trials - 1)
        needed = statistics.median(attempts.cpu for _, attempts in alone)
        line("the commands of 12 attempts, bare", needed, "s of processors, median")
        line("each further 12 cells", further, "s of processors")
        line("ratio", further / needed, "")
        line(f"{CELLS * trials} cells, -n 0", one.cpu, "s of processors")
        line(f"{CELLS * trials} cells, -n 2", two.cpu, "s of processors")


def ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """Return the median of the ratios of what was measured one after the other."""
    return statistics.median(a / b for a, b in zip(slow, fast, strict=True))


if __name__ == "__main__":
    main(short="--short" in sys.argv)
