"""The adapter ``pi-cli``: Pi asked once, in its mode ``json``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pytest_harness.backends.adapter import Launch, Room
from pytest_harness.backends.pi.command import arguments, environment
from pytest_harness.backends.pi.common import PiAdapter
from pytest_harness.backends.pi.home import furnished


class PiCli(PiAdapter):
    """Runs ``pi --mode json`` once."""

    name = "pi-cli"

    @contextlib.contextmanager
    def launch(self, room: Room) -> Iterator[Launch]:
        """Write its home, make its command line, and clean up afterwards."""
        with furnished(room) as home:
            yield Launch(
                argv=(*room.argv, *arguments(room, "json", home)),
                env=environment(room, home.own),
                stdin=room.prompt,
                secrets=home.secrets,
                readable=home.readable,
            )


PI_CLI = PiCli()
"""The adapter."""
