"""The command line and the environment of Pi."""

from __future__ import annotations

from pathlib import Path

from pytest_harness.backends.adapter import Room, Setup
from pytest_harness.backends.options import choice, choices, refuse_ours
from pytest_harness.backends.pi import models
from pytest_harness.backends.pi.home import Home

EFFORTS = ("off", "minimal", "low", "medium", "high", "xhigh", "max")
"""Levels of thinking."""
TOOLS = ("read", "bash", "edit", "write", "grep", "find", "ls")
"""Tools that come with the program."""
QUIET = {"PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1", "PI_TELEMETRY": "0"}
"""Variables that keep it from calling home."""
_NOTHING_FOUND = ("--no-extensions", "--no-skills", "--no-prompt-templates", "--no-themes")
_OURS = {
    "--mode": "",
    "-p": "",
    "--print": "",
    "--provider": "sub_provider",
    "--model": "model",
    "--models": "model",
    "--api-key": "env_key",
    "--thinking": "effort",
    "--tools": "allowed_tools",
    "-t": "allowed_tools",
    "--exclude-tools": "denied_tools",
    "-xt": "denied_tools",
    "--system-prompt": "system_prompt",
    "--append-system-prompt": "append_system_prompt",
    "--approve": "project_settings",
    "-a": "project_settings",
    "--no-approve": "project_settings",
    "-na": "project_settings",
    "--no-context-files": "",
    "-nc": "",
    "--session": "",
    "--session-id": "",
    "--no-session": "",
    "--continue": "",
    "-c": "",
    "--resume": "",
    "-r": "",
    "--fork": "",
    "--": "",
}
"""Arguments that cannot be given beside ours, and the option that takes their place, if any."""


def check(setup: Setup) -> None:
    """Raise `ConfigurationError` for what the program does not know."""
    options = setup.options
    models.check(setup)
    choice("effort", options.effort, EFFORTS)
    if not options.project_settings:
        choices("allowed_tools", options.allowed_tools, TOOLS)
        choices("denied_tools", options.denied_tools, TOOLS)
    refuse_ours(options.extra_args, _OURS)


def arguments(room: Room, mode: str, home: Home) -> tuple[str, ...]:
    """Return all arguments after the program.

    Texts for the system prompt are files: one that is the path of a file would be read.
    """
    options, setup = room.options, room.setup
    given = ["--mode", mode, "--no-session", "--no-context-files"]
    given.append("--approve" if options.project_settings else "--no-approve")
    if not options.project_settings and room.profile is not None:
        given += _NOTHING_FOUND
    whose = models.vendor(setup)
    if whose is not None and (options.sub_provider or options.base_url):
        given += ["--provider", whose]
    if setup.model is not None:
        given += ["--model", setup.model]
    if options.effort is not None:
        given += ["--thinking", options.effort]
    if options.allowed_tools:
        given += ["--tools", ",".join(options.allowed_tools)]
    if options.denied_tools:
        given += ["--exclude-tools", ",".join(options.denied_tools)]
    if home.system_prompt is not None:
        given += ["--system-prompt", str(home.system_prompt)]
    for path in home.appended:
        given += ["--append-system-prompt", str(path)]
    for path in home.extensions:
        given += ["--extension", str(path)]
    return (*given, *options.extra_args)


def environment(room: Room, home: Path | None) -> dict[str, str]:
    """Return the whole environment; ``home`` is the program's own directory, if it has one."""
    env = {**room.env, **QUIET, "NO_COLOR": "1"}
    if home is not None:
        env["PI_CODING_AGENT_DIR"] = str(home)
        for name in room.access.names:
            if name not in room.setup.env:
                del env[name]
    return env
