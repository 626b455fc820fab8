"""What is the same for all ways to run Pi."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Room, Setup, Verdict
from pytest_harness.backends.options import ApiFormat
from pytest_harness.backends.pi import command, models
from pytest_harness.backends.pi.events import PiParser
from pytest_harness.backends.pi.faults import of_message, of_start
from pytest_harness.backends.pi.program import PI
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

SCRIPTED_MODEL = "scripted"
_BELOW = {ApiFormat.MESSAGES: "", ApiFormat.GEMINI: "/v1beta"}


class PiAdapter:
    """An adapter of Pi, as far as it does not matter how it is spoken to."""

    program: Program = PI

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values that it does not know."""
        command.check(setup)

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what the program would reach its model."""
        return models.access(setup, environment)

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model."""
        below = _BELOW.get(setup.options.api_format or ApiFormat.CHAT, "/v1")
        options = dataclasses.replace(
            setup.options, base_url=f"{root}{below}", env_key=SCRIPTED_KEY, sub_provider=None
        )
        return dataclasses.replace(setup, model=setup.model or SCRIPTED_MODEL, options=options)

    def parser(self, room: Room) -> PiParser:
        """Return a parser for one run."""
        options = room.options
        return PiParser(room.directory, options.denied_tools, options.turns)

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where it ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: its parser lets none pass in which something went wrong."""
        return Verdict(completed=transcript.completed)
