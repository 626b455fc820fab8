"""The programs that we know by another provider, whose home and settings they get here as well."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.backends.adapter import Adapter, Launch, Room, Setup
from pytest_harness.backends.providers import AGENTS

_ASKED = ("edit", "bash", "webfetch")
"""Tools of OpenCode for which it asks for leave."""


_TELLING = (
    '{ "$0" "$@" 2>&1 >&3 3>&- | sed -u -n -e "/ message=stream /{p;d;}" -e "/ level=INFO /d" -e p;'
    " } 3>&1"
)
"""Puts what OpenCode logs of requests and errors on standard output: the protocol has no word for
them, and it asks a model that does not work for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A program that another provider runs without a protocol."""

    provider: str
    """That provider."""
    arguments: Callable[[Room], tuple[str, ...]]
    """Returns what is added to the command of the user."""
    before: tuple[str, ...] = ()
    """What starts it."""
    environment: Callable[[Launch], Mapping[str, str]] = lambda launch: launch.env
    """Returns its environment here from its environment there."""

    @property
    def adapter(self) -> Adapter:
        """That provider's adapter."""
        return AGENTS[self.provider].load()

    def setup(self, setup: Setup) -> Setup:
        """Return what the other provider is told: nothing of this protocol's."""
        options = dataclasses.replace(setup.options, approval_policy=None, extra_args=())
        return dataclasses.replace(setup, command=setup.command[:1], options=options)

    def room(self, room: Room) -> Room:
        """Return the same room for the other provider."""
        return dataclasses.replace(room, setup=self.setup(room.setup), argv=room.argv[:1])


def _gemini(room: Room) -> tuple[str, ...]:
    trust = () if room.options.project_settings else ("--skip-trust",)
    below = ("--include-directories", str(room.workspace)) if room.options.cwd else ()
    return (*trust, *below, *_model(room))


def _copilot(room: Room) -> tuple[str, ...]:
    below = ("--add-dir", str(room.workspace)) if room.options.cwd else ()
    quiet = ("--no-auto-update", "--disable-builtin-mcps", "--disable-client-telemetry")
    return (*quiet, *below, *_model(room))


def _model(room: Room) -> tuple[str, ...]:
    return () if room.setup.model is None else ("--model", room.setup.model)


def _asking(launch: Launch) -> Mapping[str, str]:
    """Let OpenCode ask for leave, since there is somebody who answers."""
    settings = json.loads(launch.env["OPENCODE_CONFIG_CONTENT"])
    settings["permission"].update(dict.fromkeys(_ASKED, "ask"))
    return {**launch.env, "OPENCODE_CONFIG_CONTENT": json.dumps(settings)}


KNOWN: Mapping[str, Known] = {
    "copilot": Known(provider="copilot-cli", arguments=_copilot),
    "gemini": Known(provider="gemini-cli", arguments=_gemini),
    "opencode": Known(
        provider="opencode-run",
        arguments=lambda _room: ("--print-logs", "--log-level", "INFO"),
        before=("/bin/sh", "-c", _TELLING),
        environment=_asking,
    ),
}
"""By the name of the program."""


def known(command: tuple[str, ...]) -> Known | None:
    """Return what is known of a command's program."""
    return KNOWN.get(Path(command[0]).name) if command else None
