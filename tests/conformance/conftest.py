"""The installed agents, and a way to let one propose."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import Adapter, Setup
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.codex.cli import CODEX_CLI
from pytest_harness.backends.options import AgentOptions
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.testing import ScriptedModel
from pytest_harness.vocabulary import RuntimeMode

ROOT = Path(__file__).parents[2]
KEY = "sk-conformance-0123456789"


@pytest.fixture(scope="session")
def codex_program() -> str:
    """The pinned Codex as npm installs it."""
    agents = Path(os.environ.get("PYTEST_HARNESS_AGENTS") or ROOT / ".ci-cache" / "agents")
    program = agents / "node_modules" / ".bin" / "codex"
    if not program.exists():
        remedy = f"{program} is missing; install it with: .ci/install-agents"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(remedy, pytrace=False)
        pytest.skip(remedy)
    return str(program)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor() as running:
        yield running


@dataclass
class Desk:
    """A workspace, and a Codex that can be asked to change it."""

    root: Path
    program: str
    supervisor: Supervisor
    adapter: Adapter = CODEX_CLI

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def artifacts(self) -> Path:
        return self.root / "artifacts"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    def backend(
        self,
        options: AgentOptions,
        model: str | None = "gpt-5.5",
        runtime: str = RuntimeMode.PROFILE,
    ) -> AgentBackend:
        setup = Setup(id="codex", model=model, command=(self.program,), options=options)
        return AgentBackend(adapter=self.adapter, setup=setup, runtime=runtime)

    def propose(
        self, backend: AgentBackend, timeout: float = 60, env: Mapping[str, str] | None = None
    ) -> ProposalRecord:
        environment = {"PATH": os.environ["PATH"], "FAKE_KEY": KEY, **(env or {})}
        request = ProposalRequest(
            workspace=self.workspace,
            prompt="Do as the script says: äöü.",
            round=1,
            timeout=timeout,
            artifacts=self.artifacts,
            scratch=self.scratch,
            runner=self.supervisor,
            runtime=PlainRuntime(RuntimeSettings(mode=backend.runtime)),
            place=Place(workspace=self.workspace, scratch=self.scratch),
            environment=environment,
        )
        return backend.propose(request)

    def ask(self, model: ScriptedModel, timeout: float = 60, **options: object) -> ProposalRecord:
        given = AgentOptions.read({"base_url": model.base_url, "env_key": "FAKE_KEY", **options})
        return self.propose(self.backend(given), timeout)


@pytest.fixture
def desk(tmp_path: Path, codex_program: str, supervisor: Supervisor) -> Desk:
    made = Desk(tmp_path.resolve(), codex_program, supervisor)
    made.workspace.mkdir()
    return made
