"""A real program with a scripted model: free, deterministic, without a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.base import Backend, Probe, ProposalRequest, not_made
from pytest_harness.backends.own_model import (
    NOWHERE,
    OwnModelBackend,
    asking,
    for_free,
    program_of,
    with_key,
)
from pytest_harness.backends.script_files import SELECTOR, digest, located, script_files
from pytest_harness.errors import ConfigurationError
from pytest_harness.records import ProposalRecord
from pytest_harness.runtime.process import Runner
from pytest_harness.testing.loading import load_script
from pytest_harness.testing.script import Script
from pytest_harness.testing.server import ScriptedModel
from pytest_harness.vocabulary import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedBackend(OwnModelBackend):
    """Lets an agent's program ask a model of ours that follows a script."""

    script: Path
    """The script's file, or a directory with one for each round."""

    def settings(self) -> Mapping[str, str]:
        """All settings that a result depends on: the script's content, wherever it lies.

        Raises `ConfigurationError` if the script is gone.
        """
        return {**self.inner.settings(), "model": SELECTOR, "script": digest(self.script)}

    def probe(self, runner: Runner, environment: Mapping[str, str]) -> Probe:
        """Say whether the program is here; it needs no credentials."""
        return asking(self.inner, NOWHERE).probe(runner, with_key(environment))

    def propose(self, request: ProposalRequest) -> ProposalRecord:
        """Let the program edit the workspace as the script of this round says.

        The script is read for each proposal. One that cannot be read any more, and an error of the
        model itself, are a fault `internal`.
        """
        try:
            script = self._script(request.round)
        except ConfigurationError as error:
            record = not_made(self, request, Fault.INTERNAL, str(error))
        else:
            record = self._follow(script, request)
        return for_free(record).model_copy(update={"model": self.model})

    def _follow(self, script: Script, request: ProposalRequest) -> ProposalRecord:
        record: ProposalRecord | None = None
        try:
            with ScriptedModel(script, workspace=request.workspace) as model:
                asked = dataclasses.replace(request, environment=with_key(request.environment))
                record = asking(self.inner, model.root_url).propose(asked)
        except Exception as error:
            if record is None:
                raise
            # Whatever the program made of it, its model was at fault.
            reason = f"the scripted model failed: {type(error).__name__}: {error}"
            update = {"completed": False, "fault": Fault.INTERNAL, "reason": reason}
            return record.model_copy(update=update)
        return record

    def check(self) -> None:
        """Raise `ConfigurationError` for a script that cannot be read, or a program without way."""
        check_files(self.script)
        asking(self.inner, NOWHERE)

    def _script(self, round_: int) -> Script:
        """Read the script of a round, from 1; after the last one it is the last one."""
        files = script_files(self.script)
        return load_script(files[min(round_, len(files)) - 1])


def with_script(backend: Backend, selector: str, root: Path) -> ScriptedBackend:
    """Return ``backend`` with the scripted model that ``selector`` names.

    A relative path is relative to ``root``. Raises `ConfigurationError` for a backend that is no
    agent's program.
    """
    program = program_of(backend, selector, SELECTOR, "script")
    return ScriptedBackend(inner=program, selector=selector, script=located(selector, root))


def check_files(path: Path) -> None:
    """Raise `ConfigurationError` if the scripts at ``path`` cannot be followed."""
    for file in script_files(path):
        load_script(file)
