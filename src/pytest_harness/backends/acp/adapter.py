"""The adapter of programs that speak the Agent Client Protocol."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping

from pytest_harness.backends.acp.conversation import AcpConversation
from pytest_harness.backends.acp.events import AcpParser
from pytest_harness.backends.acp.faults import of_message, of_start
from pytest_harness.backends.acp.known import KNOWN, known
from pytest_harness.backends.acp.program import AcpProgram
from pytest_harness.backends.acp.protocol import Policy
from pytest_harness.backends.acp.stores import store_of
from pytest_harness.backends.adapter import Access, Launch, Room, Setup, Verdict
from pytest_harness.backends.options import choice
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

_KNOWN_ONLY = ("base_url", "env_key", "project_settings")
"""Options that no program can be told by the protocol."""


class AcpAdapter:
    """Runs any command that speaks the protocol over its standard streams."""

    name = "acp"
    program: Program = AcpProgram()

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for what the program cannot be told, or if none is named."""
        if not setup.command and setup.id != self.name:
            raise ConfigurationError(
                'it has no command; give one, such as command = ["gemini", "--acp"]'
            )
        choice("approval_policy", setup.options.approval_policy, tuple(Policy))
        given = [name for name in _KNOWN_ONLY if name in setup.options.given()]
        if given and setup.command and known(setup.command) is None:
            raise ConfigurationError(
                f"{given[0]} is no part of the protocol and told to {_names()} alone; give "
                f"{setup.command[0]} its own variables and arguments instead"
            )

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Ask the provider of a known program; of any other only the user knows."""
        other = known(setup.command)
        if other is not None:
            return other.adapter.access(other.setup(setup), environment)
        return Access(names=tuple(name for name in setup.env if environment.get(name)))

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model; only known programs can be told to."""
        other = known(setup.command)
        if other is None:
            raise ConfigurationError(
                f"a scripted model can be told to {_names()} alone; name one of them in command"
            )
        told = other.adapter.scripted(other.setup(setup), root)
        options = dataclasses.replace(
            told.options,
            approval_policy=setup.options.approval_policy,
            extra_args=setup.options.extra_args,
        )
        return dataclasses.replace(told, command=setup.command, options=options)

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Furnish a known program's home as its own provider does, and start the conversation."""
        options, other = room.options, known(room.setup.command)
        conversation = AcpConversation(
            room.directory,
            room.request.prompt,
            _policy(room),
            _model(room),
        )
        if other is None:
            yield Launch(
                argv=(*room.argv, *options.extra_args),
                env=dict(room.env),
                conversation=conversation,
            )
            return
        with other.adapter.launch(other.room(room)) as launch:
            yield dataclasses.replace(
                launch,
                argv=(*other.before, *room.argv, *other.arguments(room), *options.extra_args),
                env=other.environment(launch),
                stdin=None,
                conversation=conversation,
            )

    def parser(self, room: Room) -> AcpParser:
        """Return a parser for one run."""
        other = known(room.setup.command)
        if other is None:
            return AcpParser(_policy(room), _model(room))
        return AcpParser(
            _policy(room),
            _model(room),
            store=store_of(room, other.provider),
            notices=other.provider == "copilot-cli",
        )

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where it ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: its parser lets none pass that was no success."""
        return Verdict(completed=transcript.completed)


def _policy(room: Room) -> Policy:
    """Return what is answered where the program asks for leave."""
    return Policy(room.options.approval_policy or Policy.ALLOW)


def _model(room: Room) -> str | None:
    """Return the model that is set by the protocol; a known program is told when it starts."""
    return None if known(room.setup.command) is not None else room.setup.model


def _names() -> str:
    """Return the names of the known programs."""
    return ", ".join(sorted(KNOWN))


ACP = AcpAdapter()
"""The adapter."""
