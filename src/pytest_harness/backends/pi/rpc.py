"""The adapter ``pi-rpc``: Pi spoken to over its standard input."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from pytest_harness.backends.adapter import Launch, Room
from pytest_harness.backends.json_lines import Json, document, text_of
from pytest_harness.backends.pi.command import arguments, environment
from pytest_harness.backends.pi.common import PiAdapter
from pytest_harness.backends.pi.home import furnished

_ASKS = b'{"type":"extension_ui_request"'
_SETTLED = b'{"type":"agent_settled"'
_ENDED = b'{"type":"agent_end"'
_SETTLES_LATER = b'"willRetry"'
_REFUSED = b'"success":false'
_DIALOGS = frozenset({"select", "confirm", "input", "editor"})


class PiConversation:
    """Asks once, and closes standard input when nothing more will come."""

    def __init__(self, prompt: str) -> None:
        """Take what the agent is told."""
        self._prompt = prompt
        self._over = False

    def begin(self) -> bytes:
        """Return the prompt."""
        return _line({"id": "prompt", "type": "prompt", "message": self._prompt})

    def answer(self, line: bytes) -> bytes:
        """Note the end; dismiss a question of an extension, which nobody would answer."""
        if line.startswith(_SETTLED):
            self._over = True
        elif line.startswith(_ENDED):
            # Versions that say nothing of retries here say nothing afterwards either.
            self._over = self._over or _SETTLES_LATER not in line
        elif line.startswith(_ASKS):
            return _dismissed(document(line) or {})
        elif _REFUSED in line[:200]:
            found = document(line) or {}
            self._over = self._over or found.get("type") == "response"
        return b""

    def end(self) -> bytes:
        """Abort the run: its commands are ended, and what was used is told."""
        return _line({"id": "abort", "type": "abort"})

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self._over


class PiRpc(PiAdapter):
    """Runs ``pi --mode rpc`` for one prompt."""

    name = "pi-rpc"

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Write its home, make its command line, and clean up afterwards."""
        with furnished(room) as home:
            yield Launch(
                argv=(*room.argv, *arguments(room, "rpc", home)),
                env=environment(room, home.own),
                conversation=PiConversation(room.request.prompt),
                secrets=home.secrets,
                readable=home.readable,
            )


PI_RPC = PiRpc()
"""The adapter."""


def _line(message: Json) -> bytes:
    """Write a command as one line: all beyond ASCII is escaped, separators of lines included."""
    return json.dumps(message).encode("ascii") + b"\n"


def _dismissed(found: Json) -> bytes:
    """Return the answer to a question of an extension; nothing if it only tells."""
    if text_of(found.get("method")) not in _DIALOGS:
        return b""
    return _line({"type": "extension_ui_response", "id": found.get("id"), "cancelled": True})
