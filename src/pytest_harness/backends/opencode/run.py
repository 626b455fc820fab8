"""The provider ``opencode-run``."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_harness.backends.adapter import SCRIPTED_KEY, Access, Launch, Room, Setup, Verdict
from pytest_harness.backends.aside import set_aside
from pytest_harness.backends.leftovers import keep_log
from pytest_harness.backends.logins import lend
from pytest_harness.backends.opencode import models, settings
from pytest_harness.backends.opencode.check import check
from pytest_harness.backends.opencode.events import OpenCodeParser
from pytest_harness.backends.opencode.faults import of_message, of_start
from pytest_harness.backends.opencode.models import Choice
from pytest_harness.backends.opencode.plugins import plugins
from pytest_harness.backends.opencode.program import PROGRAM
from pytest_harness.backends.options import ApiFormat
from pytest_harness.backends.program import Program
from pytest_harness.backends.transcript import Transcript
from pytest_harness.errors import BackendError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault
from pytest_harness.workspace.copying import remove_tree

MERGED = ("/bin/sh", "-c", 'exec "$0" "$@" 2>&1')
"""Starts the program with its log on standard output, where it is read as it comes."""
FLAGS = (
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
    "OPENCODE_DISABLE_SHARE",
)
"""Variables that keep it from calling home."""
OWN_HOME_FLAGS = ("OPENCODE_DISABLE_CLAUDE_CODE", "OPENCODE_DISABLE_EXTERNAL_SKILLS")
"""Variables that keep it from what other programs left in a home."""
TITLE = "pytest-harness"
"""The session's title, which the model would be asked for."""


class OpenCodeRun:
    """Lets ``opencode run`` edit the workspace."""

    name = "opencode-run"
    program: Program = PROGRAM

    def check(self, setup: Setup) -> None:
        """Refuse what the program does not know."""
        check(setup)

    def access(self, setup: Setup, environment: Mapping[str, str]) -> Access:
        """Say with what the model is reached."""
        return models.access(setup, environment)

    def scripted(self, setup: Setup, root: str) -> Setup:
        """Point it to a scripted model."""
        below = "/v1beta" if setup.options.api_format is ApiFormat.GEMINI else "/v1"
        options = dataclasses.replace(
            setup.options, base_url=f"{root}{below}", env_key=SCRIPTED_KEY, sub_provider=None
        )
        return dataclasses.replace(setup, model=setup.model or "scripted", options=options)

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Write settings and credentials, and set plug-ins of the workspace aside."""
        choice = models.choose(room.setup)
        if choice is None:
            raise BackendError(Fault.UNAVAILABLE, "no model is named for OpenCode; name one")
        options = room.options
        env = {**room.env, **dict.fromkeys(FLAGS, "1")}
        with contextlib.ExitStack() as stack:
            tokens: tuple[str, ...] = ()
            if not options.project_settings:
                _refuse_foreign_plugins(room)
                places = [place for each in room.directories for place in plugins(each)]
                stack.enter_context(set_aside(places, room.request.scratch / "aside"))
                env["OPENCODE_DISABLE_PROJECT_CONFIG"] = "1"
            if room.profile is None:
                env.update(room.keys)
            else:
                stack.callback(_no_credentials, room.profile.home)
                tokens = stack.enter_context(_own_home(room, choice, env))
            written = settings.document(room, choice, key=room.profile is not None)
            if options.append_system_prompt is not None:
                more = room.request.scratch / "instructions.md"
                more.write_text(options.append_system_prompt, encoding="utf-8")
                stack.callback(more.unlink, missing_ok=True)
                written.setdefault("instructions", []).append(str(more))
            env["OPENCODE_CONFIG_CONTENT"] = json.dumps(written)
            if options.log_dir is not None:
                stack.enter_context(_kept_log(room))
            yield Launch(
                argv=(*MERGED, *room.argv, *arguments(room, choice)),
                env=env,
                stdin=room.prompt,
                secrets=tokens,
                readable=() if room.setup.elsewhere else (Path(room.argv[0]),),
            )

    def parser(self, room: Room) -> OpenCodeParser:
        """Return a parser for one run."""
        options = room.options
        return OpenCodeParser(
            retries=options.retries_or(1),
            turns=options.turns,
            follow=options.stream_log,
            below=options.cwd or "",
        )

    def classify(self, message: str) -> Fault | None:
        """Return what a failed turn's message says of the reason."""
        return of_message(message)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where it ended without asking its model."""
        return of_start(result)

    def judge(self, transcript: Transcript) -> Verdict:  # noqa: ARG002 - a stop is a stop
        """Judge a finished turn."""
        return Verdict(completed=True)


OPENCODE_RUN = OpenCodeRun()
"""The adapter."""


def arguments(room: Room, choice: Choice) -> tuple[str, ...]:
    """Return the command line after the program."""
    options = room.options
    line = ["run", "--format", "json", "--model", str(choice), "--title", TITLE, "--thinking"]
    line += ["--print-logs", "--log-level", "INFO"]
    if options.agent is not None:
        line += ["--agent", options.agent]
    if options.variant is not None:
        line += ["--variant", options.variant]
    return (*line, *options.extra_args)


@contextlib.contextmanager
def _own_home(room: Room, choice: Choice, env: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Furnish a fresh home: credentials, and what keeps npm away; give the tokens.

    The key is in a file, because the commands that the agent runs see all variables.
    """
    if room.profile is None:
        raise AssertionError("there is no home to furnish")
    env.update(dict.fromkeys(OWN_HOME_FLAGS, "1"))
    if not room.options.project_settings:
        env["OPENCODE_PURE"] = "1"
    home = room.profile.home
    file = _no_credentials(home)
    _seed(home / ".config" / "opencode", room.version)
    if room.access.login is not None:
        with lend(room.access.login, file, "opencode") as tokens:
            yield tokens
        return
    # Its own plug-ins do nothing but log in.
    env["OPENCODE_DISABLE_DEFAULT_PLUGINS"] = "1"
    for name, key in room.keys.items():
        if name not in room.setup.env:
            env.pop(name, None)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps({choice.vendor: {"type": "api", "key": key}}), encoding="utf-8")
    yield ()


def _no_credentials(home: Path) -> Path:
    """Return where credentials are kept in a home, and remove what is there.

    A home that is kept would keep them, and an agent may have left links in it.
    """
    place = home
    for part in (".local", "share", "opencode"):
        place /= part
        if place.is_symlink():
            place.unlink()
    remove_tree(place / "auth.json")
    return place / "auth.json"


def _seed(config: Path, version: str) -> None:
    """Pretend that a package for plug-ins is there, which it would fetch with npm."""
    lock = config / "package-lock.json"
    if lock.exists():
        return
    (config / "node_modules").mkdir(parents=True, exist_ok=True)
    wanted = {"dependencies": {"@opencode-ai/plugin": version}}
    document = {"name": "seed", "lockfileVersion": 3, "requires": True, "packages": {"": wanted}}
    lock.write_text(json.dumps(document), encoding="utf-8")


def _refuse_foreign_plugins(room: Room) -> None:
    """Raise `BackendError` where plug-ins above the workspace would be executed."""
    workspace = room.workspace
    if room.request.runtime.fenced or (workspace / ".git").exists():
        return
    for directory in workspace.parents:
        for place in plugins(directory):
            raise BackendError(
                Fault.UNSUPPORTED,
                f"OpenCode would execute the plug-ins in {place}, above the workspace; "
                "move them away, or use the runtime sandbox",
            )


@contextlib.contextmanager
def _kept_log(room: Room) -> Iterator[None]:
    """Keep what the program adds to its log, which may be the user's."""
    data = models.data(room.env) or Path("/nonexistent")
    log = data / "opencode" / "log" / "opencode.log"
    before = log.stat().st_size if log.is_file() else 0
    try:
        yield
    finally:
        keep_log(room, log, before)
