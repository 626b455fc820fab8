"""The adapter of Gemini CLI."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_harness.backends import logins
from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Launch, Room, Setup, Verdict
from pytest_harness.backends.gemini.access import LOGIN, auth_type, find_access, home
from pytest_harness.backends.gemini.command import MODES, arguments, environment
from pytest_harness.backends.gemini.events import GeminiParser
from pytest_harness.backends.gemini.faults import of_message, of_start
from pytest_harness.backends.gemini.program import GEMINI
from pytest_harness.backends.gemini.settings import settings, write_home
from pytest_harness.backends.gemini.shield import has_variables, shielded
from pytest_harness.backends.options import choice
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

MOST_RETRIES = 9
"""More than ten attempts it does not make."""
SCRIPTED_MODEL = "gemini-2.5-flash"
"""A model with which it offers all its tools."""
_HOST_CANNOT = ("append_system_prompt", "denied_tools", "turns")
"""Options that stand in a settings file, which is the user's own in the runtime ``host``."""


class GeminiCli:
    """Runs ``gemini`` once, without a terminal."""

    name = "gemini-cli"
    program: Program = GEMINI

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values that it does not know."""
        options = setup.options
        choice("approval_policy", options.approval_policy, MODES)
        if options.retries_or(0) > MOST_RETRIES:
            raise ConfigurationError(
                f"retries is {options.retries}; Gemini CLI makes at most {MOST_RETRIES}: give less"
            )
        for path in options.extra_dirs:
            if "," in path:
                raise ConfigurationError(
                    f"extra_dirs has {path!r}, which Gemini CLI splits at the comma; rename it"
                )

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what the program would reach its model."""
        return find_access(setup, environment)

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model."""
        options = dataclasses.replace(setup.options, base_url=root, env_key=SCRIPTED_KEY)
        return dataclasses.replace(setup, model=setup.model or SCRIPTED_MODEL, options=options)

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Write its home, hide variables of the workspace, and clean up afterwards."""
        room.need_own_home(_HOST_CANNOT, self.program.title)
        with contextlib.ExitStack() as stack:
            request, options, profile = room.request, room.options, room.profile
            owned = options.project_settings and has_variables(room.directories)
            auth = auth_type(room.setup, room.access)
            tokens: tuple[str, ...] = ()
            if profile is None:
                made = tempfile.TemporaryDirectory(dir=request.scratch, prefix="gemini-")
                place = Path(stack.enter_context(made))
            else:
                place = profile.config
                document = settings(room.setup, auth, own_variables=owned)
                write_home(place, document, options.append_system_prompt)
                if room.access.login is not None:
                    lending = logins.lend(room.access.login, place / LOGIN, "gemini")
                    tokens = stack.enter_context(lending)
                if not owned:
                    stack.enter_context(shielded(room.directories, request.scratch))
            prompt = None
            if options.system_prompt is not None:
                prompt = place / "system.md"
                prompt.write_text(options.system_prompt, encoding="utf-8")
            env = environment(
                room,
                auth,
                home=None if profile is None else place,
                system_prompt=prompt,
                trusted=options.project_settings,
            )
            yield Launch(
                argv=(*room.argv, *arguments(room, trusted=options.project_settings)),
                env=env,
                stdin=room.prompt,
                secrets=tokens,
                readable=(place,),
            )

    def parser(self, room: Room) -> GeminiParser:
        """Return a parser for one run."""
        own = home(room.env) if room.profile is None else room.profile.config
        denied = room.options.denied_tools
        return GeminiParser(room.directory, own or Path("/nonexistent"), denied)

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where it ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: its parser lets none pass in which something went wrong."""
        return Verdict(completed=transcript.completed)


GEMINI_CLI = GeminiCli()
"""The adapter."""
