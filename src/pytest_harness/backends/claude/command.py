"""The command line of ``claude -p``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.claude.options import allowed, mode
from pytest_harness.backends.claude.settings import excluded

LOG = "claude.log"
"""Name of the program's own log."""


def sources(room: Room) -> list[str]:
    """Return whose settings count; those of a fresh home are empty."""
    return ["user", "project", "local"] if room.options.project_settings else ["user"]


def strict(room: Room) -> bool:
    """Tell whether no servers of tools count but those that are named on the command line."""
    return room.profile is not None and not room.options.project_settings


def arguments(room: Room, directories: Sequence[Path]) -> tuple[str, ...]:
    """Return the arguments; ``directories`` are those with instructions.

    Each value is tied to its name, because several names take any number of values.
    """
    setup, options = room.setup, room.options
    args = [
        "--print",
        "--output-format=stream-json",
        "--verbose",
        "--no-session-persistence",
        f"--setting-sources={','.join(sources(room))}",
        f"--permission-mode={mode(setup)}",
    ]
    if strict(room):
        args.append("--strict-mcp-config")
    if options.project_settings:
        args.append(f"--settings={excluded(room)}")
    tools = allowed(setup)
    for name, value in (
        ("model", setup.model),
        ("effort", options.effort),
        ("agent", options.agent),
        ("system-prompt", options.system_prompt),
        ("append-system-prompt", options.append_system_prompt),
        ("max-turns", options.turns),
        ("max-budget-usd", options.budget_usd),
        ("allowedTools", ",".join(tools) or None),
        ("disallowedTools", ",".join(options.denied_tools) or None),
        ("debug-file", log_file(room)),
    ):
        if value is not None:
            args.append(f"--{name}={value}")
    args += [f"--add-dir={each}" for each in (*directories, *options.extra_dirs)]
    return (*args, *options.extra_args)


def log_file(room: Room) -> str | None:
    """Return where the program writes its own log."""
    below = room.options.log_dir
    return None if below is None else str(Path(below) / LOG)
