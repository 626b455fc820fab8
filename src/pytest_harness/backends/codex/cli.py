"""Codex, through ``codex exec``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_harness.backends.adapter import Launch, Room
from pytest_harness.backends.codex.command import exec_arguments
from pytest_harness.backends.codex.common import CodexAdapter, home_of, prepared
from pytest_harness.backends.codex.events import ExecParser
from pytest_harness.backends.codex.program import CODEX
from pytest_harness.backends.options import AgentOptions
from pytest_harness.backends.program import Program
from pytest_harness.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexCli(CodexAdapter):
    """Lets ``codex exec`` edit the workspace.

    Inside a runtime with a fence, Codex's own sandbox is switched off unless `AgentOptions.sandbox`
    says otherwise. It asks OpenAI with a key or the user's login, a local model
    (`AgentOptions.oss`), or any endpoint of the Responses protocol (`AgentOptions.base_url`).
    """

    program: Program = CODEX
    """Its program."""

    @property
    def name(self) -> str:
        """The provider's name."""
        return "codex-cli"

    def check_approval(self, options: AgentOptions) -> None:
        """Raise `ConfigurationError`: ``codex exec`` never asks, whatever it is told."""
        if options.approval_policy not in {None, "never"}:
            raise ConfigurationError(
                f"approval_policy is {options.approval_policy!r}, but codex exec knows 'never'"
                " alone; use the provider codex-app-server"
            )

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make home and command line, and clean up afterwards."""
        with prepared(room) as ready:
            given = exec_arguments(room.options, ready.situation, model=room.setup.model)
            yield Launch(
                argv=(*room.argv, *given),
                env=ready.env,
                stdin=room.prompt,
                secrets=ready.secrets,
                addresses=ready.addresses,
            )

    def parser(self, room: Room) -> ExecParser:
        """Return a parser for one run."""
        return ExecParser(home_of(room))


CODEX_CLI = CodexCli()
"""The provider ``codex-cli``."""
