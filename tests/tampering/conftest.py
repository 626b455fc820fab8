"""One cell whose proposal is a shell script, without pytest around it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness import FileContains, Target
from pytest_harness.allowance.account import Account, Policy
from pytest_harness.backends.base import Probe, ProposalRequest
from pytest_harness.cell import Workshop
from pytest_harness.cell_request import CellRequest
from pytest_harness.ledger import RunWriter, run_path
from pytest_harness.records import CellRecord, Point, ProposalRecord
from pytest_harness.runtime import ProcessSpec, Runner, Supervisor
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.vocabulary import RuntimeMode
from pytest_harness.workspace import Repositories


@dataclass(frozen=True)
class ScriptBackend:
    """Runs a script in the workspace."""

    script: str
    id: str = "script"
    provider: str = "script"
    model: str | None = None
    runtime: str = RuntimeMode.PROFILE
    timeout: float = 60.0
    max_concurrency: int | None = None

    def settings(self) -> Mapping[str, str]:
        return {"script": self.script}

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        return Probe(backend=self.id, provider=self.provider, ready=True)

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        result = request.runner.run(
            ProcessSpec(
                argv=("bash", "-c", self.script),
                cwd=request.workspace,
                env={"PATH": os.environ["PATH"], "PYTHON": sys.executable},
                timeout=request.timeout,
            )
        )
        assert result.ended is not None
        return ProposalRecord(
            backend=self.id,
            provider=self.provider,
            runtime=request.runtime.name,
            ended=result.ended,
            exit=result.exit,
            completed=True,
            answer=result.stdout.text(),
            survivors=result.survivors,
        )


Attack = Callable[..., CellRecord]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose target asks for a word in a file."""
    root = tmp_path.resolve() / "project"
    for name, text in {
        "ws/a.txt": "hello\n",
        "ws/tests/test_a.py": "assert True\n",
        "ws/run.sh": "exit 1\n",
        "hidden/secret.txt": "the answer\n",
        "outside.txt": "precious\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def attack(project: Path, tmp_path: Path) -> Iterator[Attack]:
    """Let a script propose; returns the cell's record."""
    writer = RunWriter(run_path(project / ".harness", "run"), "session", "main")
    writer.open(resume=False)
    stage = tmp_path.resolve() / "stage"
    stage.mkdir()
    with Supervisor() as supervisor:
        workshop = Workshop(
            writer=writer,
            runner=supervisor,
            account=Account(writer, Policy()),
            sweep=supervisor.sweep,
            repositories=Repositories(stage / "repositories", supervisor),
            environment=dict(os.environ),
            temporary=stage,
        )
        count = 0

        def attack(script: str, *, budget: int = 1, **changes: object) -> CellRecord:
            nonlocal count
            count += 1
            given: dict[str, object] = {
                "workspace": "ws",
                "objective": "Greet everyone.",
                "checks": [FileContains("greets", "a.txt", ["all"])],
                "hidden": "hidden",
                **changes,
            }
            target = Target(**given)  # type: ignore[arg-type]
            return workshop.obtain(
                CellRequest(
                    key=f"k{count}",
                    target_id="greeting",
                    id=f"script-t{count}",
                    directory=f"script-t{count}",
                    point=Point(backend="script", trial=count),
                    target=target.resolve("greeting", project),
                    backend=ScriptBackend(script),
                    runtime=PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE)),
                    budget=budget,
                    timeout=60.0,
                    root=project,
                )
            )

        yield attack
    writer.close()
