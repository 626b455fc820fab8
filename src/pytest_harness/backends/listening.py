"""Taking the events of a program as they come: without secrets, into a summary and a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from pytest_harness.backends.events import Event, EventKind
from pytest_harness.backends.transcript import Transcript
from pytest_harness.redaction import Vault


class Listener:
    """Writes events down while a program runs."""

    def __init__(self, file: BinaryIO, transcript: Transcript, vault: Vault, room: int) -> None:
        """Take where they are written, and for how many bytes there is ``room``."""
        self._file = file
        self._transcript = transcript
        self._vault = vault
        self._room = room

    def take(self, events: Sequence[Event]) -> None:
        """Take what one line told; it can be read in the file at once."""
        for each in events:
            event = self._hidden(each)
            self._transcript.add(event)
            written = event.to_json()
            if len(written) < self._room:
                self._room -= len(written) + 1
                self._file.write(written + b"\n")
        if events:
            self._file.flush()

    def _hidden(self, event: Event) -> Event:
        """Return the event without secrets; its line, only where that is written down."""
        hide = self._vault.hide
        if event.kind is EventKind.OTHER and event.raw:
            event = event._replace(raw=self._vault.hide_lines([event.raw])[0])
        whole = "\n".join(
            (event.text, event.name, event.call, event.output, event.arguments, *event.paths)
        )
        if hide(whole) == whole:
            return event
        return event._replace(
            text=hide(event.text),
            name=hide(event.name),
            call=hide(event.call),
            output=hide(event.output),
            arguments=hide(event.arguments),
            paths=tuple(map(hide, event.paths)),
        )
