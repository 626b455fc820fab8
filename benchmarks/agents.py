"""What an agent's program costs through a backend.

``python -m benchmarks.agents [--short] [PROVIDER ...]``

Each installed program writes one file as a scripted model says, in three ways by turns, so that a
busy machine slows all of them: started bare with the command line, the environment and the input
that its backend would use; through the backend in ``profile``; and in a whole cell with one check.
Medians are printed, and what the backend and the cell add: the median of the differences of each
turn, and the difference of the fastest, which a busy machine disturbs least. Programs that are
spoken with have no bare run: they would wait for somebody to speak.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pytest_harness import FileContains, Target
from pytest_harness.allowance.account import Account, Policy
from pytest_harness.backends.adapter import SCRIPTED_KEY
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.driver import _room
from pytest_harness.backends.own_model import asking
from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.backends.scripted import ScriptedBackend
from pytest_harness.cell import Workshop
from pytest_harness.cell_request import CellRequest
from pytest_harness.config import BackendConfig, HarnessConfig
from pytest_harness.ledger import RunWriter, run_path
from pytest_harness.records import Point, RunRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.testing import ScriptedModel
from pytest_harness.testing.loading import load_script
from pytest_harness.vocabulary import RuntimeMode
from pytest_harness.workspace import Repositories
from tests.conformance.programs import REAL, Real

ROUNDS = 9
LIMIT = 0.3
"""Seconds that a backend may add to its program."""
SCRIPT = """
- {do: write, path: hello.txt, text: "hello\\n"}
- {do: say, text: done}
"""
RUNTIME = PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE))


@dataclasses.dataclass(frozen=True)
class Bench:
    """A program, and where it works."""

    folder: Path
    real: Real
    supervisor: Supervisor
    workshop: Workshop

    @property
    def backend(self) -> ScriptedBackend:
        """Its backend with the scripted model."""
        config = BackendConfig(id="real", provider=self.real.provider, command=self.real.command)
        catalog = Catalog(HarnessConfig(backends={"real": config}), root=self.folder)
        made = catalog.make("real", "scripted:script.yaml", Overrides())
        assert isinstance(made, ScriptedBackend)
        return made

    @contextmanager
    def request(self) -> Iterator[ProposalRequest]:
        """Make a workspace of its own repository, and all else that a proposal needs."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            root = Path(name)
            place = Place(workspace=root / "workspace", scratch=root / "scratch")
            for path in place.writable:
                path.mkdir()
            subprocess.run(["git", "init", "-q", place.workspace], check=True)
            yield ProposalRequest(
                workspace=place.workspace,
                prompt="Write the greeting.",
                round=1,
                timeout=120,
                artifacts=root / "artifacts",
                scratch=place.scratch,
                runner=self.supervisor,
                runtime=RUNTIME,
                place=place,
                environment={**os.environ, SCRIPTED_KEY: "scripted"},
            )
            assert (place.workspace / "hello.txt").read_text() == "hello\n"

    def bare(self) -> float | None:
        """Return the seconds of the program alone; ``None`` if it must be spoken with."""
        script = load_script(self.folder / "script.yaml")
        with self.request() as request, ScriptedModel(script, workspace=request.workspace) as model:
            agent = asking(self.backend.inner, model.root_url)
            with _room(agent, request) as room, agent.adapter.launch(room) as launch:
                if launch.conversation is not None:
                    (request.workspace / "hello.txt").write_text("hello\n")
                    return None
                begin = time.perf_counter()
                subprocess.run(
                    launch.argv,
                    env=dict(launch.env),
                    cwd=request.workspace,
                    input=launch.stdin or b"",
                    capture_output=True,
                    check=True,
                )
                return time.perf_counter() - begin

    def proposal(self) -> float:
        """Return the seconds of a proposal, from the request to the record."""
        with self.request() as request:
            begin = time.perf_counter()
            record = self.backend.propose(request)
            seconds = time.perf_counter() - begin
            assert record.completed, record.reason
            return seconds

    def cell(self, number: int) -> float:
        """Return the seconds of a whole cell."""
        target = Target(
            workspace="workspace",
            objective="Write the greeting.",
            checks=[FileContains("greets", "hello.txt", ["hello"])],
        )
        id_ = f"real-t{number}"
        request = CellRequest(
            key=f"agents.py::{self.real.name}[{id_}]",
            target_id=self.real.provider,
            id=id_,
            directory=f"{self.real.name.replace(' ', '-')}-{id_}",
            point=Point(backend="real", trial=number),
            target=target.resolve("greeting", self.folder),
            backend=self.backend,
            runtime=RUNTIME,
            budget=1,
            timeout=120.0,
            root=self.folder,
        )
        begin = time.perf_counter()
        record = self.workshop.obtain(request)
        seconds = time.perf_counter() - begin
        assert record.fault is None, record.reason
        return seconds


def main(*names: str, short: bool) -> None:
    """Measure and print."""
    rounds = 3 if short else ROUNDS
    os.environ.pop("PYTEST_HARNESS_NESTED", None)
    print(f"seconds, medians of {rounds}; a backend may add {LIMIT:g}")
    head = ("program", "bare", "backend", "adds", "at best", "limit", "cell", "cell adds")
    print(f"{head[0]:18}" + "".join(f"{each:>10}" for each in head[1:]))
    with tempfile.TemporaryDirectory(prefix="bench-agents-") as name, Supervisor() as supervisor:
        folder = Path(name).resolve()
        (folder / "workspace").mkdir()
        (folder / "workspace" / "readme.txt").write_text("Greet in hello.txt.\n")
        (folder / "script.yaml").write_text(SCRIPT)
        stage = folder / "stage"
        stage.mkdir()
        writer = RunWriter(run_path(folder / ".harness", "bench"), "benchmark", "main")
        writer.open(resume=False)
        now = datetime.now(UTC)
        writer.write_run(RunRecord(name="bench", session="benchmark", started_at=now, root="/"))
        workshop = Workshop(
            writer=writer,
            runner=supervisor,
            account=Account(writer, Policy()),
            repositories=Repositories(stage / "repositories", supervisor),
            environment=dict(os.environ),
            temporary=stage,
        )
        for real in REAL:
            if names and real.provider not in names:
                continue
            if not all(path.exists() for path in real.files):
                print(f"{real.name:18}  not installed", flush=True)
                continue
            measure(Bench(folder, real, supervisor, workshop), rounds)
        writer.close()


def measure(bench: Bench, rounds: int) -> None:
    """Measure one program, and print its line."""
    bare: list[float] = []
    backend: list[float] = []
    cell: list[float] = []
    for number in range(rounds + 1):
        alone, through, whole = bench.bare(), bench.proposal(), bench.cell(number + 1)
        if number:  # the first one fills caches
            bare += [] if alone is None else [alone]
            backend.append(through)
            cell.append(whole)
    cells = (
        f"{statistics.median(bare):.2f}" if bare else "-",
        f"{statistics.median(backend):.2f}",
        f"{added(bare, backend):+.2f}" if bare else "-",
        f"{min(backend) - min(bare):+.2f}" if bare else "-",
        f"{LIMIT:g}" if bare else "-",
        f"{statistics.median(cell):.2f}",
        f"{added(backend, cell):+.2f}",
    )
    print(f"{bench.real.name:18}" + "".join(f"{each:>10}" for each in cells), flush=True)


def added(before: list[float], after: list[float]) -> float:
    """Return the median of what each turn took longer."""
    return statistics.median(b - a for a, b in zip(before, after, strict=True))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*(each for each in given if each != "--short"), short="--short" in given)
