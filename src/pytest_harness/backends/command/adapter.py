"""The provider ``cli``: a command line with placeholders."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_harness.backends.adapter import Access, Launch, Room, Setup, Verdict
from pytest_harness.backends.base import Missing
from pytest_harness.backends.classify import classify
from pytest_harness.backends.command import template
from pytest_harness.backends.command.parser import CommandParser
from pytest_harness.backends.command.program import UnknownProgram, scripts
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import BackendError, ConfigurationError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault, Lack

BUILT_IN = "cli"
"""The backend that is there without being declared, and has no command."""
LONGEST = (128 << 10) - 1
"""Bytes of one argument that Linux lets through."""
_FAULTS = frozenset({Fault.AUTH, Fault.RATE_LIMIT, Fault.TRANSPORT})
_CODE = re.compile(r"^exit code \d+(: )?")


class CommandLine:
    """Lets any command edit the workspace."""

    name = "cli"
    program: Program = UnknownProgram()

    def check(self, setup: Setup) -> None:
        """Refuse placeholders that are not known, and a model that would reach nobody."""
        if not setup.command and setup.id != BUILT_IN:
            raise ConfigurationError(
                'it has no command; give one, such as command = ["mytool", "{prompt}"]'
            )
        used = template.used(setup.command)
        if setup.command and setup.model is not None and template.MODEL not in used:
            raise ConfigurationError(
                f"the model {setup.model!r} reaches nobody; write {{model}} into the command"
            )

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:  # noqa: ARG002
        """Say that nothing is needed but a model for the placeholder."""
        if setup.model is None and template.MODEL in template.used(setup.command):
            missing = Missing("the command wants a {model}, and none is named", "name a model")
            return Access(missing=missing, lacks=Lack.MODEL)
        return Access()

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Refuse: how a command is pointed to another model is not known."""
        raise ConfigurationError(
            f"backend {setup.id!r}: a command cannot be pointed to the model at {root}; "
            "name the address in the command itself"
        )

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Write the prompt's file, and fill the placeholders in."""
        prompt = room.prompt
        used = template.used(room.setup.command)
        if template.PROMPT in used and len(prompt) > LONGEST:
            raise BackendError(
                Fault.UNSUPPORTED,
                f"the prompt has {len(prompt)} bytes, which is more than an argument may have; "
                "write {prompt_file} in place of {prompt}",
            )
        scratch = room.request.scratch
        asked, answered = scratch / "prompt.md", output_file(room)
        scratch.mkdir(parents=True, exist_ok=True)
        for path in (asked, answered):
            path.unlink(missing_ok=True)
        if template.PROMPT_FILE in used:
            asked.write_bytes(prompt)
        values = {
            template.PROMPT: prompt.decode(),
            template.PROMPT_FILE: str(asked),
            template.WORKSPACE: str(room.workspace),
            template.OUTPUT_FILE: str(answered),
            template.MODEL: room.setup.model or "",
        }
        told = {template.PROMPT, template.PROMPT_FILE} & used
        try:
            yield Launch(
                argv=(room.argv[0], *template.filled(room.argv[1:], values)),
                env=room.env,
                stdin=None if told else prompt,
                readable=() if room.setup.elsewhere else scripts(room.argv),
            )
        finally:
            for path in (asked, answered):
                path.unlink(missing_ok=True)

    def parser(self, room: Room) -> CommandParser:
        """Return a parser for one run."""
        wanted = template.OUTPUT_FILE in template.used(room.setup.command)
        return CommandParser(output_file(room) if wanted else None)

    def classify(self, message: str) -> Fault | None:
        """Return what a failure says of the reason; what else went wrong is the agent's own."""
        fault = classify(_CODE.sub("", message))
        return fault if fault in _FAULTS else None

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return the reason where it said nothing."""
        return None, f"The command ended with exit code {result.exit} and printed nothing"

    def judge(self, transcript: Transcript) -> Verdict:  # noqa: ARG002 - there is no other sign
        """Judge a finished turn."""
        return Verdict(completed=True)


COMMAND = CommandLine()
"""The adapter."""


def output_file(room: Room) -> Path:
    """Return where the answer is written."""
    return room.request.scratch / "answer.txt"
