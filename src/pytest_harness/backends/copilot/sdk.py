"""Copilot CLI, through the vendor's Python SDK in a child process."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_harness.backends.adapter import Launch, Room, Setup
from pytest_harness.backends.copilot.cli import CopilotCli, lend, shared_files
from pytest_harness.backends.copilot.command import check, environment, provider_type
from pytest_harness.backends.copilot.events import CopilotParser
from pytest_harness.backends.copilot.faults import of_child
from pytest_harness.backends.copilot.program import COPILOT
from pytest_harness.backends.copilot.tools import TOOLS
from pytest_harness.backends.options import ApiFormat
from pytest_harness.backends.program import Program
from pytest_harness.backends.sdk.program import MAIN, PythonSdk
from pytest_harness.errors import ConfigurationError
from pytest_harness.runtime.process import ProcessResult
from pytest_harness.vocabulary import Fault

KINDS = ("shell", "write", "read", "url", "mcp", "memory", "custom-tool", "hook")
"""Kinds of permissions that the SDK asks for."""
_ARGUMENTS = ("--disable-builtin-mcps", "--disable-client-telemetry", "--no-remote")
_WAIT = 86_400.0
"""Seconds; the proposal's own limit comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopilotSdkProgram(PythonSdk):
    """An interpreter with the SDK, and the native program of Copilot CLI.

    The program is the second word of the command, or the one on the search path: the SDK itself
    would download another.
    """

    @property
    def install(self) -> str:
        """The commands that install both."""
        return f"pip install {self.package} && {COPILOT.install}"

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line of the child; ``None`` if one of the two is not there."""
        # Without `super()`: a dataclass with slots is another class than the one it names.
        child = PythonSdk.find(self, command[:1], path)
        program = COPILOT.find(command[1:], path)
        return None if child is None or program is None else (*child, program[0])


SDK = CopilotSdkProgram(
    name="copilot",
    package="github-copilot-sdk",
    title="Copilot SDK with Copilot CLI",
    tested=("1.0.27", "1.0.27"),
)
"""As PyPI has it."""


class CopilotSdk(CopilotCli):
    """Asks once through ``copilot.CopilotClient``."""

    name: str = "copilot-sdk"
    program: Program = SDK

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for values that cannot be honoured."""
        check(setup)
        options = setup.options
        known = ", ".join(KINDS)
        for name, given in (
            ("allowed_tools", options.allowed_tools),
            ("denied_tools", options.denied_tools),
        ):
            for each in given:
                if each not in KINDS and not (each in TOOLS and name == "denied_tools"):
                    raise ConfigurationError(
                        f"{name} has {each!r}, which the Copilot SDK cannot tell apart; "
                        f"give kinds of permissions: {known}"
                    )
        if options.system_prompt is not None and options.append_system_prompt is not None:
            raise ConfigurationError(
                "system_prompt and append_system_prompt exclude each other for the Copilot SDK; "
                "give one of them"
            )

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make the home and the job for the child."""
        home = None if room.profile is None else room.profile.config
        tokens = () if home is None else lend(room.access, home)
        cache = shared_files(room, (room.argv[-1],))
        env = environment(room, home=home, unpacked=cache)
        if room.setup.model is not None:
            # Without it the program does not even start where it has an endpoint.
            env["COPILOT_MODEL"] = room.setup.model
        yield Launch(
            argv=room.argv[:-1],
            env=env,
            stdin=json.dumps(job(room)).encode(),
            secrets=tokens,
            readable=(MAIN.parent, Path(room.argv[-1]), *([cache] if cache else [])),
        )

    def parser(self, room: Room) -> CopilotParser:
        """Return a parser for one run."""
        return CopilotParser(room.options.retries, room.options.denied_tools)

    def explain(self, result: ProcessResult) -> tuple[Fault | None, str]:
        """Return class and reason where the child ended without asking a model."""
        return of_child(result, SDK.title)


def job(room: Room) -> dict[str, Any]:
    """Return what the child is told; credentials are in its environment alone."""
    setup, options = room.setup, room.options
    session: dict[str, Any] = {
        "model": setup.model,
        "reasoning_effort": options.effort,
        "excluded_tools": [each for each in options.denied_tools if each in TOOLS] or None,
        "additional_directories": [str(room.workspace)] if options.cwd else None,
    }
    if options.system_prompt is not None:
        session["system_message"] = {"mode": "replace", "content": options.system_prompt}
    elif options.append_system_prompt is not None:
        session["system_message"] = {"mode": "append", "content": options.append_system_prompt}
    return {
        "cli": room.argv[-1],
        "arguments": list(_ARGUMENTS),
        "directory": str(room.directory),
        "prompt": room.request.prompt,
        "timeout": _WAIT,
        "permissions": {
            "allowed": list(options.allowed_tools),
            "denied": [each for each in options.denied_tools if each not in TOOLS],
        },
        "session": {name: value for name, value in session.items() if value is not None},
        "provider": _provider(setup),
    }


def _provider(setup: Setup) -> dict[str, Any] | None:
    """Return the endpoint in the SDK's words."""
    options = setup.options
    if options.base_url is None:
        return None
    found: dict[str, Any] = {"type": provider_type(setup), "base_url": options.base_url}
    if options.api_format is ApiFormat.RESPONSES:
        found["wire_api"] = "responses"
    if options.api_version is not None:
        found["azure"] = {"api_version": options.api_version}
    return found


COPILOT_SDK = CopilotSdk()
"""The adapter."""
