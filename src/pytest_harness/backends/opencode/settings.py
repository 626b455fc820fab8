"""OpenCode's settings for one proposal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.opencode import models
from pytest_harness.backends.opencode.models import Choice

Json = dict[str, Any]

NO_KEY = "none"
"""Key for an endpoint without one, because some clients refuse to start without any."""
INSTRUCTIONS = ("AGENTS.md", "CLAUDE.md", "CONTEXT.md")
"""Names of files with instructions; those of the first name that is there are read."""
DEFAULT_AGENT = "build"
"""The agent that works where no other is named."""


def document(room: Room, choice: Choice, *, key: bool) -> Json:
    """Return the settings, as they would stand in ``opencode.json``.

    ``key`` tells that the program finds the key for ``base_url`` by itself.
    """
    options = room.options
    settings: Json = {
        "autoupdate": False,
        "share": "disabled",
        "snapshot": False,
        "lsp": False,
        "formatter": False,
        "model": str(choice),
        "small_model": str(choice),
        "enabled_providers": [choice.vendor],
        "provider": {choice.vendor: _provider(room, choice, key=key)},
        "permission": permissions(room),
    }
    if not options.project_settings:
        settings["instructions"] = [str(path) for path in instructions(room)]
    if options.turns is not None:
        settings["agent"] = {options.agent or DEFAULT_AGENT: {"steps": options.turns}}
    return settings


def permissions(room: Room) -> Json:
    """Return what the tools may do: nothing is ever asked, since nobody would answer.

    A question that nobody answers ends OpenCode's turn without a word.
    """
    options = room.options
    rules: Json = {"*": "deny" if options.allowed_tools else "allow"}
    rules.update(dict.fromkeys(options.allowed_tools, "allow"))
    rules["question"] = "deny"
    outside = {"*": "deny"}
    for directory in (*_own_directories(room), *options.extra_dirs):
        outside[f"{directory.rstrip('/')}/*"] = "allow"
    rules["external_directory"] = outside
    rules.update(dict.fromkeys(options.denied_tools, "deny"))
    return rules


def instructions(room: Room) -> tuple[Path, ...]:
    """Return the workspace's files with instructions, which OpenCode is told to read.

    It would look for them itself, but then also for its settings and in all parent directories.
    """
    for name in INSTRUCTIONS:
        upwards = reversed(room.directories)
        found = tuple(path for each in upwards if (path := each / name).is_file())
        if found:
            return found
    return ()


def _own_directories(room: Room) -> tuple[str, ...]:
    """Return directories beside the working directory that are always there to work in."""
    workspace = (str(room.workspace),) if room.options.cwd else ()
    return (*workspace, *(() if room.profile is None else (str(room.profile.tmp),)))


def _provider(room: Room, choice: Choice, *, key: bool) -> Json:
    """Return what is said of the vendor: its address, and that it has this model."""
    options = room.options
    idle = round(1000 * room.patience)
    client: Json = {"headerTimeout": idle, "chunkTimeout": idle}
    model: Json = {}
    if options.base_url is not None:
        client["baseURL"] = options.base_url
        if options.env_key is None:
            client["apiKey"] = NO_KEY
        elif not key:
            client["apiKey"] = f"{{env:{options.env_key}}}"
    if options.variant is not None and options.base_url is not None:
        model["reasoning"] = True
    provider: Json = {"options": client, "models": {choice.model: model}}
    package = models.package(room.setup)
    if package is not None:
        provider["npm"] = package
    return provider
