"""The adapter ``pi-sdk``: the SDK of Pi in a child process of ours."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_harness.backends.adapter import Launch, Room
from pytest_harness.backends.pi import models
from pytest_harness.backends.pi.command import environment
from pytest_harness.backends.pi.common import PiAdapter
from pytest_harness.backends.pi.home import Home, furnished
from pytest_harness.errors import BackendError
from pytest_harness.vocabulary import Fault

RUNNER = Path(__file__).with_name("runner.mjs")
"""The child's program."""


class PiSdk(PiAdapter):
    """Runs the SDK that the package of the program brings, with the program's Node."""

    name = "pi-sdk"

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Write its home and its job, and clean up afterwards."""
        if len(room.argv) != 2:
            raise BackendError(
                Fault.UNSUPPORTED,
                f"{room.argv[0]} is no script of Pi's package, which has the SDK; set "
                'command = ["node", ".../pi-coding-agent/dist/bundle/cli.js"]',
            )
        with furnished(room) as home:
            node, script = room.argv
            yield Launch(
                argv=(node, str(RUNNER), script),
                env=environment(room, home.own),
                stdin=json.dumps(_job(room, home)).encode("ascii"),
                secrets=home.secrets,
                readable=(*home.readable, RUNNER),
            )


PI_SDK = PiSdk()
"""The adapter."""


def _job(room: Room, home: Home) -> dict[str, Any]:
    """Return what the child is told."""
    options, setup = room.options, room.setup
    named = options.sub_provider or options.base_url
    return {
        "prompt": room.request.prompt,
        "agentDir": None if home.own is None else str(home.own),
        "bare": room.profile is not None,
        "provider": models.vendor(setup) if named else None,
        "model": setup.model,
        "thinking": options.effort,
        "tools": list(options.allowed_tools) or None,
        "excludeTools": list(options.denied_tools) or None,
        "systemPrompt": None if home.system_prompt is None else str(home.system_prompt),
        "appendSystemPrompt": [str(path) for path in home.appended],
        "extensions": [str(path) for path in home.extensions],
    }
