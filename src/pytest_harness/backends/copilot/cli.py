"""The adapter of Copilot CLI."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Launch, Room, Setup, Verdict
from pytest_harness.backends.copilot.access import find_access, login, tokens_of
from pytest_harness.backends.copilot.command import (
    arguments,
    check,
    environment,
    provider_type,
)
from pytest_harness.backends.copilot.events import CopilotParser
from pytest_harness.backends.copilot.faults import of_message, of_start
from pytest_harness.backends.copilot.program import COPILOT, unpacked
from pytest_harness.backends.copilot.usage import usage_of_run
from pytest_harness.backends.leftovers import keep_log
from pytest_harness.backends.program import Program, identity
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import BackendError, WorkspaceError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault
from pytest_harness.workspace.copying import remove_tree

SCRIPTED_MODEL = "scripted"
"""A model that it does not know, with which it offers its plain tools."""


class CopilotCli:
    """Runs ``copilot`` once, without a terminal."""

    name: str = "copilot-cli"
    program: Program = COPILOT

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values that it does not know."""
        check(setup)

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what the program would reach its model."""
        return find_access(setup, environment)

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Return a setup that asks the scripted model."""
        return scripted(setup, root)

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make its home and a place for what it writes beside it, and clean up afterwards."""
        place = _place(room)
        place.mkdir()
        logs = place / "logs"
        try:
            home = None if room.profile is None else room.profile.config
            tokens = () if home is None else lend(room.access, home)
            cache = shared_files(room, room.argv)
            yield Launch(
                argv=(*room.argv, *arguments(room, usage=place / "usage.json", logs=logs)),
                env=environment(room, home=home, unpacked=cache),
                stdin=room.prompt,
                secrets=tokens,
                readable=(cache,) if cache else (),
            )
            for log in logs.glob("*.log"):
                keep_log(room, log)
        finally:
            remove_tree(place)

    def parser(self, room: Room) -> CopilotParser:
        """Return a parser for one run."""
        home = None if room.profile is None else room.profile.config
        told = _place(room) / "usage.json"
        options = room.options
        return CopilotParser(
            options.retries, options.denied_tools, lambda: usage_of_run(told, home)
        )

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where it ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:
        """Judge a finished turn: its parser lets none pass that was aborted or failed."""
        return Verdict(completed=transcript.completed)


def scripted(setup: Setup, root: str) -> Setup:
    """Return a setup that asks the scripted model at ``root``."""
    options = setup.options
    if options.sub_provider == "azure":
        options = dataclasses.replace(options, sub_provider=None, api_version=None)
    messages = provider_type(dataclasses.replace(setup, options=options)) == "anthropic"
    options = dataclasses.replace(
        options,
        base_url=root if messages else f"{root}/v1",
        env_key=SCRIPTED_KEY,
        env_token=None,
    )
    return dataclasses.replace(setup, model=setup.model or SCRIPTED_MODEL, options=options)


def lend(access: Access, home: Path) -> tuple[str, ...]:
    """Write the user's login into the program's home; return its tokens.

    They are never refreshed, so that nothing has to be taken back.
    """
    if access.login is None:
        return ()
    found = login(access.login)
    if found is None:
        raise BackendError(
            Fault.UNAVAILABLE,
            f"the login in {access.login} is gone; log in again: start copilot and say /login",
        )
    file = home / "config.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(found), encoding="utf-8")
    return tokens_of(found)


def shared_files(room: Room, argv: tuple[str, ...]) -> Path | None:
    """Return the directory with what the program ``argv`` unpacks, if it can be shared."""
    if room.profile is None or room.setup.elsewhere is not None or len(argv) != 1:
        return None
    request, env = room.request, room.env
    version = identity(COPILOT, argv, env, request.workspace, request.runner).version
    try:
        return unpacked(argv, version or "unknown", env, request.scratch, request.runner)
    except WorkspaceError as error:
        raise BackendError(Fault.UNAVAILABLE, str(error)) from error


def _place(room: Room) -> Path:
    """Return the directory for what the program writes beside its home."""
    return room.request.scratch / "copilot"


COPILOT_CLI = CopilotCli()
"""The adapter."""
