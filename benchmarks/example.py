"""The example's two real benchmarks, sequentially and on two workers.

``python benchmarks/example.py [--short]`` runs python_fixture and python_cli of ``example_project``
with the free backend, 8 trials each (2 with ``--short``), and prints seconds per cell and how much
faster two workers are. It also prints what it costs to make a virtual environment twice in an
evaluation, which the order of the example's checks avoids.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "example_project"
FILES = ("tests/test_python_fixture.py", "tests/test_python_cli.py")
SHARES = '"{NEW_NONCE} && bash scripts/test.sh'
"""How the check of the tests begins, which finds the environment of the check before it."""
OWN = '"rm -rf .venv && bash scripts/bootstrap.sh && {NEW_NONCE} && bash scripts/test.sh'


def session(project: Path, trials: int, *arguments: str) -> float:
    """Run both benchmarks and return the seconds."""
    shutil.rmtree(project / ".harness", ignore_errors=True)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FILES]
    argv += [f"--harness-trials={trials}", *arguments]
    silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(project)}
    begin = time.perf_counter()
    pid = os.posix_spawn(sys.executable, argv, environment, file_actions=silent)
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"pytest failed in {project}: status {status}")
    return time.perf_counter() - begin


def cells(project: Path) -> list[dict[str, object]]:
    """Read the records of the last session."""
    found = project.glob(".harness/runs/latest/cells/*/*/cell.json")
    return [json.loads(path.read_bytes()) for path in sorted(found)]


def make_environments_twice(project: Path) -> None:
    """Let the check of the tests make a virtual environment of its own, as an author might."""
    for file in FILES:
        path = project / file
        before = path.read_text()
        after = before.replace(SHARES, OWN)
        if after == before:
            raise SystemExit(
                f"{file} has no check that begins with {SHARES!r}; mend this benchmark"
            )
        path.write_text(after)


def line(what: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f"{what:44}{value:10.2f} {unit}", flush=True)


def main(*, short: bool) -> None:
    """Measure and print."""
    trials = 2 if short else 8
    with tempfile.TemporaryDirectory(prefix="bench-example-") as name:
        project = Path(name).resolve() / "example_project"
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".harness", "__pycache__"))
        os.chdir(project)
        alone = session(project, trials, "-n0")
        records = cells(project)
        count = len(records)
        line(f"{count} cells, -n 0", alone, "s")
        for target in ("python_fixture", "python_cli"):
            spent = [float(r["duration"]) for r in records if r["target"] == target]  # type: ignore[arg-type]
            line(f"a cell of {target}", statistics.median(spent), "s, median (limit 4.1)")
        line("per cell, all included", alone / count, "s")
        for how in (("-n2",), ("-n2", "--dist=worksteal")):
            both = session(project, trials, *how)
            line(f"{count} cells, {' '.join(how)}", both, "s")
            line("times as fast as -n 0", alone / both, "(at least 1.8)")
        make_environments_twice(project)
        twice = session(project, trials, "-n0")
        line("-n 0, virtual environment made twice", twice, "s")
        line("ratio of twice to once", twice / alone, "")


if __name__ == "__main__":
    main(short="--short" in sys.argv)
