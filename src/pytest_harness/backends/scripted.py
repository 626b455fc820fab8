"""A real program with a scripted model: free, deterministic, without a network."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.adapter import SCRIPTED_KEY
from pytest_harness.backends.agent_backend import AgentBackend
from pytest_harness.backends.base import Backend, Probe, ProposalRequest
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.testing.loading import load_script
from pytest_harness.testing.server import ScriptedModel

SELECTOR = "scripted:"
"""How a model begins that is a script: ``scripted:PATH``."""
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedBackend:
    """Lets an agent's program ask a model of ours that follows a script."""

    agent: AgentBackend
    """The program."""
    model: str
    """The selector, as the user wrote it."""
    script: Path
    """The script's file."""

    @property
    def id(self) -> str:
        """Backend id."""
        return self.agent.id

    @property
    def provider(self) -> str:
        """The adapter's name."""
        return self.agent.provider

    @property
    def runtime(self) -> str:
        """Name of the runtime that it is meant for."""
        return self.agent.runtime

    @property
    def timeout(self) -> float:
        """Seconds for one proposal."""
        return self.agent.timeout

    @property
    def max_concurrency(self) -> int | None:
        """How many may run at once on this machine."""
        return self.agent.max_concurrency

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on: the script's content, wherever it lies."""
        digest = hashlib.sha256(self.script.read_bytes()).hexdigest()
        return {**self.agent.settings(), "model": SELECTOR, "script": digest}

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether the program is here; it needs no credentials."""
        return self._asking(_NOWHERE).probe(runner, _with_key(environment))

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the program edit the workspace as the script says."""
        script = load_script(self.script)
        with ScriptedModel(script, workspace=request.workspace) as model:
            asked = dataclasses.replace(request, environment=_with_key(request.environment))
            record = self._asking(model.root_url).propose(asked)
        # Whatever the program thinks of its price, nobody is paid.
        spent = record.spent.model_copy(update={"cost_usd": 0.0})
        return record.model_copy(update={"model": self.model, "spent": spent})

    def _asking(self, root: str) -> AgentBackend:
        """Return the program with the model at ``root``."""
        setup = self.agent.adapter.scripted(self.agent.setup, root)
        return dataclasses.replace(self.agent, setup=setup)


def with_script(backend: Backend, selector: str, root: Path) -> ScriptedBackend:
    """Return ``backend`` with the scripted model that ``selector`` names.

    A relative path is relative to ``root``. Raises `ConfigurationError` for a script that cannot be
    read and for a backend that is no agent's program.
    """
    if not isinstance(backend, AgentBackend):
        raise ConfigurationError(
            f"backend {backend.id!r} has no program that could ask {selector}; use it with an "
            "agent's program, such as codex or claude"
        )
    script = (root / selector.removeprefix(SELECTOR)).absolute()
    load_script(script)
    return ScriptedBackend(agent=backend, model=selector, script=script)


def _with_key(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, SCRIPTED_KEY: "scripted"}
