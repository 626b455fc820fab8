"""A workspace, and any provider's real program that can be asked to change it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pytest_harness.backends.adapter import SCRIPTED_KEY
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import ProposalRequest
from pytest_harness.backends.registry import Catalog, Overrides
from pytest_harness.config import BackendConfig, HarnessConfig
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime import Supervisor
from pytest_harness.runtime.base import Runtime
from pytest_harness.runtime.place import Place
from pytest_harness.runtime.plain import PlainRuntime
from pytest_harness.runtime.sandbox.runtime import SandboxRuntime
from pytest_harness.runtime.settings import RuntimeSettings
from pytest_harness.testing import ScriptedModel, Step
from pytest_harness.vocabulary import Network, RuntimeMode
from tests.conformance.programs import AGENTS, ROOT, Real

KEY = "sk-conformance-0123456789"
PROMPT = "Do as the script says: äöü."
OBSERVED = Path(os.environ.get("PYTEST_HARNESS_OBSERVED") or ROOT / ".ci-cache" / "observed")


def backend_of(real: Real, options: Mapping[str, object] | None = None) -> AgentBackend:
    """Make the backend of a real program, as ``harness.toml`` would."""
    config = BackendConfig(
        id="real", provider=real.provider, command=real.command, options=options or {}
    )
    made = Catalog(HarnessConfig(backends={"real": config})).make("real", None, Overrides())
    assert isinstance(made, AgentBackend)
    return made


@dataclass
class Bench:
    """A place in which a program works."""

    root: Path
    real: Real
    supervisor: Supervisor
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def artifacts(self) -> Path:
        return self.root / "artifacts"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    def written(self) -> bytes:
        """Return all that was written about the proposal."""
        return b"".join(p.read_bytes() for p in self.artifacts.iterdir() if p.is_file())

    def ask(
        self,
        steps: Sequence[Step],
        *,
        timeout: float = 60,
        options: Mapping[str, object] | None = None,
        fenced: bool = False,
    ) -> tuple[ProposalRecord, ScriptedModel]:
        """Let the program do what a scripted model says."""
        with ScriptedModel(steps, workspace=self.workspace) as model:
            record = self.ask_at(model.root_url, timeout=timeout, options=options, fenced=fenced)
        return record, model

    def ask_at(
        self,
        root: str,
        *,
        timeout: float = 60,
        options: Mapping[str, object] | None = None,
        fenced: bool = False,
    ) -> ProposalRecord:
        """Let the program ask the model at an address."""
        backend = backend_of(self.real, options)
        backend = replace(backend, setup=backend.adapter.scripted(backend.setup, root))
        self.scratch.mkdir(exist_ok=True)
        runtime = self.runtime(fenced=fenced)
        # The programs and what they share lie below the caches of continuous integration.
        place = Place(workspace=self.workspace, scratch=self.scratch)
        with runtime.enter(place, self.supervisor) as runner:
            return backend.propose(
                ProposalRequest(
                    workspace=self.workspace,
                    prompt=PROMPT,
                    round=1,
                    timeout=timeout,
                    artifacts=self.artifacts,
                    scratch=self.scratch,
                    runner=runner,
                    runtime=runtime,
                    place=place,
                    environment={
                        "PATH": os.environ["PATH"],
                        "HOME": os.environ["HOME"],
                        SCRIPTED_KEY: KEY,
                        **self.environment,
                    },
                )
            )

    def runtime(self, *, fenced: bool) -> Runtime:
        """Return the runtime: ``profile``, or a fence."""
        if not fenced:
            return PlainRuntime(RuntimeSettings(mode=RuntimeMode.PROFILE))
        runtime = SandboxRuntime(
            RuntimeSettings(mode=RuntimeMode.SANDBOX, network=Network.LOOPBACK)
        )
        probe = runtime.probe(self.supervisor, os.environ)
        if not probe.ready:
            pytest.skip(f"{probe.missing}; {probe.remedy}")
        return runtime


@contextlib.contextmanager
def bench(root: Path, real: Real) -> Iterator[Bench]:
    """Make a place with an empty workspace of its own git repository."""
    with Supervisor() as supervisor:
        made = Bench(root.resolve(), real, supervisor)
        made.workspace.mkdir(parents=True)
        # As a stage does: programs look for the repository that they are in.
        subprocess.run(["git", "init", "-q", str(made.workspace)], check=True)
        yield made


@dataclass(frozen=True)
class Observer:
    """Notes what a program was seen to do, for the table in the documentation."""

    real: Real

    def note(self, behaviour: str, what: str, version: str | None) -> None:
        """Note one cell of the table."""
        OBSERVED.mkdir(parents=True, exist_ok=True)
        row = {
            "provider": self.real.name,
            "behaviour": behaviour,
            "observed": what,
            "version": version,
        }
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        with (OBSERVED / f"{worker}.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")


__all__ = ["AGENTS", "KEY", "OBSERVED", "PROMPT", "Bench", "Observer", "backend_of", "bench"]
