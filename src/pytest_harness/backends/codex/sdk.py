"""Codex, through the vendor's Python SDK in a child process."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_harness.backends.adapter import Launch, Room, Setup
from pytest_harness.backends.codex.command import server_settings
from pytest_harness.backends.codex.common import CodexAdapter, asks_openai, home_of, prepared
from pytest_harness.backends.codex.login import KEYS
from pytest_harness.backends.codex.server_events import ServerParser
from pytest_harness.backends.codex.settings import overrides, sandbox_of
from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.json_lines import document, text_of
from pytest_harness.backends.options import AgentOptions, Sandbox
from pytest_harness.backends.program import Program
from pytest_harness.backends.sdk.main import ERROR
from pytest_harness.backends.sdk.program import MAIN, PythonSdk
from pytest_harness.errors import ConfigurationError

SDK = PythonSdk(
    name="codex",
    package="openai-codex",
    title="the Codex SDK",
    tested=("0.163.0", "0.163.0"),
)
"""An interpreter with the SDK."""

_BINARY, _CONFIG = "--codex-bin=", "--config="
_RAISED = ERROR.encode()
_SANDBOXES = {Sandbox.DANGER_FULL_ACCESS: "full-access"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexSdk(CodexAdapter):
    """Lets the SDK's own Codex, or the one that is named, edit the workspace.

    `AgentOptions.extra_args` may hold ``--codex-bin=PATH`` and ``--config=KEY=VALUE``.
    """

    program: Program = SDK
    """An interpreter with the SDK."""

    @property
    def name(self) -> str:
        """The provider's name."""
        return "codex-sdk"

    def check(self, setup: Setup) -> None:
        """Raise `ConfigurationError` for settings that contradict each other."""
        CodexAdapter.check(self, setup)
        for each in setup.options.extra_args:
            if not each.startswith((_BINARY, _CONFIG)):
                raise ConfigurationError(
                    f"extra_args holds {each!r}; the SDK takes --codex-bin=PATH and"
                    " --config=KEY=VALUE"
                )

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Make home and the job for the child, and clean up afterwards."""
        options = room.options
        with prepared(room) as ready:
            key = ready.env.get(KEYS[0]) if asks_openai(room) else None
            found = server_settings(options, ready.situation, keyed=key is not None)
            sandbox = sandbox_of(options, ready.situation)
            job = {
                "prompt": room.request.prompt,
                "codex_bin": next(reversed(_given(options, _BINARY)), None),
                "config": [*overrides(found), *_given(options, _CONFIG)],
                "key": key,
                "model": room.setup.model,
                "sandbox": _SANDBOXES.get(sandbox, sandbox.value),
            }
            yield Launch(
                argv=room.argv,
                env=ready.env,
                stdin=json.dumps(job).encode(),
                secrets=ready.secrets,
                readable=(MAIN.parent,),
                addresses=ready.addresses,
            )

    def parser(self, room: Room) -> SdkParser:
        """Return a parser for one run."""
        return SdkParser(home_of(room), ())


class SdkParser(ServerParser):
    """Reads what our child prints: what the server told, and what the SDK raised."""

    def parse(self, line: bytes, seen: float) -> Sequence[Event]:
        """Read one line."""
        if _RAISED in line[:40]:
            found = document(line) or {}
            if found.get("type") == ERROR:
                text = text_of(found.get("error"))
                return (Event(kind=EventKind.FAILED, seen=seen, text=text, raw=line),)
        return super().parse(line, seen)


def _given(options: AgentOptions, start: str) -> list[str]:
    """Return the further arguments that begin with ``start``, without it."""
    return [each.removeprefix(start) for each in options.extra_args if each.startswith(start)]


CODEX_SDK = CodexSdk()
"""The provider ``codex-sdk``."""
