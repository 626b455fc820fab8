"""The command line and the environment of Gemini CLI."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.gemini.access import KEY, AuthType
from pytest_harness.backends.gemini.program import QUIET

MODES = ("default", "auto_edit", "yolo", "plan")
"""Values of ``approval_policy``."""


def arguments(room: Room, *, trusted: bool) -> tuple[str, ...]:
    """Return all arguments after the program's name; the prompt comes on standard input.

    ``trusted`` leaves it to the environment to say that the workspace is trusted, with which its
    settings are read.
    """
    options = room.options
    given = ["--output-format", "stream-json"]
    given += ["--approval-mode", options.approval_policy or "yolo"]
    if not trusted:
        given.append("--skip-trust")
    if room.setup.model is not None:
        given += ["--model", room.setup.model]
    further = [*options.extra_dirs, *([str(room.workspace)] if options.cwd else [])]
    for path in further:
        given += ["--include-directories", path]
    if room.profile is None:
        for tool in options.allowed_tools:
            given += ["--allowed-tools", tool]
    return (*given, *options.extra_args)


def environment(
    room: Room, auth: AuthType, *, home: Path | None, system_prompt: Path | None, trusted: bool
) -> dict[str, str]:
    """Return the whole environment."""
    env = {**room.env, **QUIET, "NO_COLOR": "1"}
    if home is not None:
        env["GEMINI_CLI_HOME"] = str(home)
        # Settings of the machine would go before those of this home.
        for name in ("GEMINI_CLI_SYSTEM_SETTINGS_PATH", "GEMINI_CLI_SYSTEM_DEFAULTS_PATH"):
            env[name] = str(home / "none.json")
    if system_prompt is not None:
        env["GEMINI_SYSTEM_MD"] = str(system_prompt)
    if trusted:
        env["GEMINI_CLI_TRUST_WORKSPACE"] = "true"
    base_url = room.options.base_url
    if base_url is not None:
        env["GOOGLE_GEMINI_BASE_URL"] = base_url
    if auth is AuthType.KEY and (room.key or base_url is not None):
        # A program without a key does not start, even where its endpoint wants none.
        env[KEY] = room.key or "unused"
    if home is not None and auth is AuthType.KEY:
        for name in room.access.names:
            if name != KEY:
                del env[name]
    return env
