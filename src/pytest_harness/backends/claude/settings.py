"""The environment that Claude Code gets, and the instructions that it is shown."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.claude.access import BASE_URL, CREDENTIALS, KEY, LOGIN, TOKEN
from pytest_harness.backends.logins import lend
from pytest_harness.workspace.copying import lay_over, remove_tree

NO_KEY = "the-endpoint-wants-no-key"
"""Sent to an endpoint that wants none: Claude Code asks nobody without a key."""

_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}


def environment(room: Room) -> dict[str, str]:
    """Return the whole environment. What the user let through or has at home is left alone."""
    options = room.options
    waiting = str(round(1000 * room.patience))
    own = {
        **_QUIET,
        "API_TIMEOUT_MS": waiting,
        "API_FORCE_IDLE_TIMEOUT": "1",
        "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": waiting,
        "CLAUDE_CODE_MAX_RETRIES": str(options.retries_or(1)),
        # It would ask a second time without saying so, and pay twice.
        "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",
        "CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD": "1",
    }
    env = {**own, **room.env}
    if options.bypass_permissions and hasattr(os, "geteuid") and os.geteuid() == 0:
        # As root it refuses to work without permissions unless it is told that it is fenced.
        env["IS_SANDBOX"] = "1"
    if room.profile is not None:
        env["CLAUDE_CONFIG_DIR"] = str(room.profile.config)
    if options.base_url is not None:
        env[BASE_URL] = address(options.base_url)
    if options.env_key or options.env_token or options.base_url:
        for name in CREDENTIALS:
            env.pop(name, None)
        env[TOKEN if options.env_token is not None else KEY] = room.key or NO_KEY
    return env


def asked(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the address that the user named in a variable, if any."""
    return (env[BASE_URL],) if BASE_URL in env else ()


def address(base_url: str) -> str:
    """Return an address as Claude Code wants it: it puts ``/v1`` behind it itself."""
    return base_url.rstrip("/").removesuffix("/v1")


@contextlib.contextmanager
def home(room: Room) -> Iterator[tuple[str, ...]]:
    """Fill the profile's directory of settings; give the tokens in the login that lies there.

    Settings of a seeded or kept home are taken over, but no login.
    """
    if room.profile is None:
        yield ()
        return
    own, config = room.profile.home / ".claude", room.profile.config
    if own.is_dir() and not own.is_symlink():
        lay_over(own, config)
        (config / LOGIN).unlink(missing_ok=True)
    if room.access.login is None:
        yield ()
        return
    with lend(room.access.login, config / LOGIN, "claude") as tokens:
        yield tokens


@contextlib.contextmanager
def instructions(room: Room) -> Iterator[tuple[Path, ...]]:
    """Give the directories whose ``CLAUDE.md`` is to be read, from the workspace down to the cwd.

    Claude Code reads no ``AGENTS.md``: each is linked as the ``CLAUDE.md`` of a directory of its
    own. A text that is reached twice is sent once. Where settings of the project count, Claude Code
    finds the files called ``CLAUDE.md`` itself.
    """
    made = room.request.scratch / "claude-instructions"
    remove_tree(made)
    found = [] if room.options.project_settings else list(room.directories)
    try:
        for number, directory in enumerate(room.directories):
            agents = directory / "AGENTS.md"
            if agents.is_file():
                link = made / str(number) / "CLAUDE.md"
                link.parent.mkdir(parents=True)
                link.symlink_to(agents)
                found.append(link.parent)
        yield tuple(found)
    finally:
        remove_tree(made)


def excluded(room: Room) -> str:
    """Return settings, as JSON, that keep out the instructions of the directories above."""
    own = room.env.get("HOME") if room.profile is None else None
    patterns = []
    for directory in room.workspace.parents:
        base = str(directory).rstrip("/")
        patterns += [f"{base}/CLAUDE.md", f"{base}/CLAUDE.local.md"]
        if base != own:
            patterns.append(f"{base}/.claude/**")
    return json.dumps({"claudeMdExcludes": patterns})
