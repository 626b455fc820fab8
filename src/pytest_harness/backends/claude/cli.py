"""Claude Code, through ``claude -p``."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Launch, Room, Setup, Verdict
from pytest_harness.backends.claude import faults, options
from pytest_harness.backends.claude.access import access
from pytest_harness.backends.claude.command import arguments
from pytest_harness.backends.claude.events import ClaudeParser
from pytest_harness.backends.claude.program import CLAUDE
from pytest_harness.backends.claude.settings import asked, environment, home, instructions
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

SCRIPTED_MODEL = "claude-opus-5-5"
"""A model with which all usual tools are offered."""


@dataclass(frozen=True, slots=True)
class ClaudeCli:
    """The provider ``claude-cli``; see `pytest_harness.backends.adapter.Adapter`."""

    name: str = "claude-cli"
    """The provider's name."""
    program: Program = CLAUDE
    """Its program."""

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values and combinations that cannot be honoured."""
        options.check(setup)

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what the program would reach its model."""
        return access(setup, environment)

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model at ``root``."""
        chosen = dataclasses.replace(
            setup.options, base_url=root, env_key=SCRIPTED_KEY, env_token=None
        )
        return dataclasses.replace(setup, model=setup.model or SCRIPTED_MODEL, options=chosen)

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make home, instructions and command line, and clean up afterwards."""
        with home(room) as tokens, instructions(room) as directories:
            env = environment(room)
            yield Launch(
                argv=(*room.argv, *arguments(room, directories)),
                env=env,
                stdin=room.prompt,
                secrets=tokens,
                addresses=asked(env),
            )

    def parser(self, room: Room) -> ClaudeParser:
        """Return a parser for one run."""
        return ClaudeParser(room.options.denied_tools)

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return faults.of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where the program ended without asking its model."""
        return faults.of_start(result, self.program.title)

    def judge(self, transcript: Transcript) -> Verdict:  # noqa: ARG002 - all is in the result
        """Judge a finished turn."""
        return Verdict(completed=True)


CLAUDE_CLI = ClaudeCli()
"""The adapter."""
