"""Codex, through ``codex app-server``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_harness.backends.adapter import Launch, Room, Setup
from pytest_harness.backends.codex.approvals import POLICIES, TOOLS
from pytest_harness.backends.codex.command import server_arguments
from pytest_harness.backends.codex.common import CodexAdapter, asks_openai, home_of, prepared
from pytest_harness.backends.codex.login import KEYS
from pytest_harness.backends.codex.program import CODEX
from pytest_harness.backends.codex.server import Dialogue
from pytest_harness.backends.codex.server_events import ServerParser
from pytest_harness.backends.codex.settings import sandbox_of
from pytest_harness.backends.json_lines import Json
from pytest_harness.backends.options import AgentOptions, choice, choices
from pytest_harness.backends.program import Program
from pytest_harness.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexAppServer(CodexAdapter):
    """Lets Codex's server for editors edit the workspace.

    What it asks leave for is granted for the tools in `AgentOptions.allowed_tools` and declined for
    all others; it asks only under an `AgentOptions.approval_policy` other than ``never``.
    """

    program: Program = CODEX
    """Its program."""

    @property
    def name(self) -> str:
        """The provider's name."""
        return "codex-app-server"

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for settings that contradict each other."""
        CodexAdapter.check(self, setup)
        options = setup.options
        choices("allowed_tools", options.allowed_tools, TOOLS)
        if options.allowed_tools and options.approval_policy in {None, "never"}:
            raise ConfigurationError(
                "allowed_tools says what Codex is granted when it asks, and it never asks; give"
                " approval_policy as well"
            )

    def check_approval(self, options: AgentOptions) -> None:
        """Raise `ConfigurationError` for an approval policy that is not known."""
        choice("approval_policy", options.approval_policy, POLICIES)
        if options.bypass_permissions and options.approval_policy not in {None, "never"}:
            raise ConfigurationError(
                "with bypass_permissions Codex never asks; give it or approval_policy, not both"
            )

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make home, command line and conversation, and clean up afterwards."""
        options = room.options
        with prepared(room) as ready:
            key = ready.env.get(KEYS[0]) if asks_openai(room) else None
            # It works where it is started. Told a directory, it would trust the settings there, and
            # write that down in its home.
            settings: Json = {
                "approvalPolicy": options.approval_policy or "never",
                "sandbox": sandbox_of(options, ready.situation).value,
            }
            if room.setup.model is not None:
                settings["model"] = room.setup.model
            yield Launch(
                argv=(*room.argv, *server_arguments(options, ready.situation, keyed=bool(key))),
                env=ready.env,
                conversation=Dialogue(settings, room.request.prompt, options.allowed_tools, key),
                secrets=ready.secrets,
                addresses=ready.addresses,
            )

    def parser(self, room: Room) -> ServerParser:
        """Return a parser for one run."""
        return ServerParser(home_of(room), room.options.allowed_tools)


CODEX_APP_SERVER = CodexAppServer()
"""The provider ``codex-app-server``."""
