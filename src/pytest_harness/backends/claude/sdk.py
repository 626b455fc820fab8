"""Claude Code, through the vendor's Python SDK in a child process."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_harness.backends.adapter import Launch, Room, Setup
from pytest_harness.backends.claude import faults
from pytest_harness.backends.claude.cli import ClaudeCli
from pytest_harness.backends.claude.command import log_file, sources, strict
from pytest_harness.backends.claude.options import allowed, mode
from pytest_harness.backends.claude.program import SDK
from pytest_harness.backends.claude.settings import asked, environment, excluded, home, instructions
from pytest_harness.backends.program import Program
from pytest_harness.backends.sdk.program import MAIN
from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

LINE = 64 << 20
"""Bytes of one line that the SDK reads from its program."""


@dataclass(frozen=True, slots=True)
class ClaudeSdk(ClaudeCli):
    """The provider ``claude-sdk``. What differs from ``claude-cli`` is how options are told."""

    name: str = "claude-sdk"
    """The provider's name."""
    program: Program = SDK
    """An interpreter with the SDK."""

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values and combinations that cannot be honoured."""
        # Without `super()`: a dataclass with slots is another class than the one it names.
        ClaudeCli.check(self, setup)
        flags(setup.options.extra_args)

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make home, instructions and the job for the child, and clean up afterwards."""
        with home(room) as tokens, instructions(room) as directories:
            env = environment(room)
            job = {"prompt": room.request.prompt, "options": keywords(room, directories)}
            yield Launch(
                argv=room.argv,
                env=env,
                stdin=json.dumps(job).encode(),
                secrets=tokens,
                readable=(MAIN.parent,),
                addresses=asked(env),
            )

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where the child ended without asking a model."""
        return faults.of_child(result)


def keywords(room: Room, directories: Sequence[Path]) -> dict[str, Any]:
    """Return the keywords of the SDK's ``ClaudeAgentOptions``.

    The SDK alone would send no system prompt; it is told to send that of Claude Code.
    """
    setup, options = room.setup, room.options
    more = dict(flags(options.extra_args))
    more["no-session-persistence"] = None
    prompt: str | dict[str, str] = {"type": "preset", "preset": "claude_code"}
    if options.system_prompt is not None:
        prompt = options.system_prompt
        if options.append_system_prompt is not None:
            more["append-system-prompt"] = options.append_system_prompt
    elif isinstance(prompt, dict) and options.append_system_prompt is not None:
        prompt["append"] = options.append_system_prompt
    if (log := log_file(room)) is not None:
        more["debug-file"] = log
    given: dict[str, Any] = {
        "system_prompt": prompt,
        "setting_sources": sources(room),
        "permission_mode": mode(setup),
        "allowed_tools": list(allowed(setup)),
        "disallowed_tools": list(options.denied_tools),
        "add_dirs": [*map(str, directories), *options.extra_dirs],
        "max_buffer_size": LINE,
        "extra_args": more,
    }
    if strict(room):
        given["strict_mcp_config"] = True
    if options.project_settings:
        given["settings"] = excluded(room)
    chosen = {
        "model": setup.model,
        "effort": options.effort,
        "max_turns": options.turns,
        "max_budget_usd": options.budget_usd,
    }
    return {**given, **{name: value for name, value in chosen.items() if value is not None}}


def flags(arguments: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return further arguments as the SDK wants them: names without dashes, and their values.

    Raises `ConfigurationError` for a value that has no name before it.
    """
    found: list[tuple[str, str | None]] = []
    for each in arguments:
        if each.startswith("--") and len(each) > 2:
            name, tied, value = each[2:].partition("=")
            found.append((name, value if tied else None))
        elif found and found[-1][1] is None:
            found[-1] = (found[-1][0], each)
        else:
            raise ConfigurationError(f"extra_args holds {each!r}; write it as --name=value")
    return found


CLAUDE_SDK = ClaudeSdk()
"""The adapter."""
