"""What is the same for all ways to run Pi."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends import logins
from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Room, Setup, Verdict
from pytest_harness.backends.options import ApiFormat
from pytest_harness.backends.pi import command, instructions, models, settings
from pytest_harness.backends.pi.events import PiParser
from pytest_harness.backends.pi.faults import of_message, of_start
from pytest_harness.backends.pi.program import PI
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import BackendError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

SCRIPTED_MODEL = "scripted"
_BELOW = {ApiFormat.MESSAGES: "", ApiFormat.GEMINI: "/v1beta"}
_HOST_CANNOT = ("base_url", "env_key", "retries")
"""Options that stand in a settings file, which is the user's own in the runtime ``host``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What was written for one run."""

    own: Path | None
    """The program's own directory; ``None`` where it gets the user's."""
    system_prompt: Path | None
    """File with the system prompt in place of the program's."""
    appended: tuple[Path, ...]
    """Files that are added to it: instructions of the workspace, and what was asked for."""
    secrets: tuple[str, ...]
    """Values that must not be written down."""
    readable: tuple[Path, ...]
    """Where all of this is."""


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
        return PiParser(directory(room), options.denied_tools, options.turns)

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where it ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: its parser lets none pass in which something went wrong."""
        return Verdict(completed=transcript.completed)


def directory(room: Room) -> Path:
    """Return where the program starts."""
    return room.workspace / room.options.cwd if room.options.cwd else room.workspace


@contextlib.contextmanager
def furnished(room: Room) -> Iterator[Home]:
    """Write what the program needs, and clean up afterwards; raises `BackendError`."""
    options, profile = room.options, room.profile
    with contextlib.ExitStack() as stack:
        secrets: tuple[str, ...] = ()
        own = None
        if profile is None:
            _check_host(room.setup)
            made = tempfile.TemporaryDirectory(dir=room.request.scratch, prefix="pi-")
            place = Path(stack.enter_context(made))
        else:
            place = profile.config
            own = place / "agent"
            settings.write_home(room, own, lent=room.access.login is not None)
            if room.access.login is not None:
                lending = logins.lend(room.access.login, own / "auth.json", "pi")
                secrets = stack.enter_context(lending)
        texts = (("instructions.md", instructions.found(room)),)
        more = (("append.md", options.append_system_prompt or ""),)
        files = [_written(place / name, text) for name, text in (*more, *texts) if text]
        replaced = options.system_prompt
        yield Home(
            own=own,
            system_prompt=None if replaced is None else _written(place / "system.md", replaced),
            appended=tuple(files),
            secrets=(*secrets, *(room.env[name] for name in room.access.names)),
            readable=(place,),
        )


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def _check_host(setup: Setup) -> None:
    """Raise `BackendError` for what only settings files can say."""
    given = [name for name in _HOST_CANNOT if name in setup.options.given()]
    if given:
        raise BackendError(
            Fault.UNSUPPORTED,
            f"{given[0]} stands in the settings of Pi, which are your own in the runtime host;"
            " choose the runtime profile, or leave it out",
        )
