"""What agents do, in one vocabulary for all of them."""

from __future__ import annotations

import enum
import json
from typing import NamedTuple

from pydantic_core import PydanticSerializationError, to_json

from pytest_harness.records import Usage

TEXT_LIMIT = 2000
"""Characters of an event's text that are written down."""


class EventKind(enum.StrEnum):
    """What an event tells."""

    SESSION = "session"
    """The program is ready; the model has not said anything."""
    TURN = "turn"
    """The model is being asked."""
    MESSAGE = "message"
    """The model said something."""
    REASONING = "reasoning"
    """The model thought aloud."""
    CALL_STARTED = "call-started"
    """A tool was called."""
    CALL_ENDED = "call-ended"
    """A tool gave its result."""
    NOTICE = "notice"
    """Something went wrong and the program went on."""
    RETRY = "retry"
    """The program asks the model again after an error, which `Event.text` tells."""
    PERMISSION = "permission"
    """Leave to use a tool was asked for, and granted or refused: `Event.allowed`."""
    USAGE = "usage"
    """Tokens or dollars, and nothing else."""
    CIRCLES = "circles"
    """The program does the same again and again and will not come to an end: it is stopped."""
    FAILED = "failed"
    """The turn failed."""
    COMPLETED = "completed"
    """The turn was finished: the program's own sign of success."""
    OTHER = "other"
    """An event that this version does not know."""
    TEXT = "text"
    """A line that is no event."""


class Work(enum.StrEnum):
    """What a tool does, whatever a program calls it."""

    COMMAND = "command"
    """Runs a command: `Event.text` is its command line."""
    READ = "read"
    """Reads the files in `Event.paths`."""
    EDIT = "edit"
    """Changes the files in `Event.paths`."""
    OTHER = "other"
    """Anything else."""


FROM_MODEL = frozenset(
    {
        EventKind.MESSAGE,
        EventKind.REASONING,
        EventKind.CALL_STARTED,
        EventKind.CALL_ENDED,
        EventKind.COMPLETED,
    }
)
"""Events that no program prints unless its model has answered."""


class Event(NamedTuple):
    """One thing that a program reported; write its fields by name.

    A tuple, because there is one for each line of streams that may have millions.
    """

    kind: EventKind
    """What it tells."""
    seen: float
    """Seconds since the program's start."""
    text: str = ""
    """What was said, run, printed or wrong."""
    name: str = ""
    """Of a call: the tool; of an event that is not known: the program's word for it."""
    call: str = ""
    """Of a call: what ties its start to its end."""
    work: Work = Work.OTHER
    """Of a call: what its tool does."""
    arguments: str = ""
    """Of a call: the tool's arguments as JSON, where the program tells."""
    paths: tuple[str, ...] = ()
    """Files that it is about, as the program wrote them."""
    exit: int | None = None
    """Of a command that ended: its exit code."""
    failed: bool = False
    """Of a call that ended: whether the program says that it failed."""
    output: str = ""
    """Of a call that ended: what it printed."""
    allowed: bool | None = None
    """Of a permission: whether it was granted; ``None`` where it was only asked for."""
    usage: Usage | None = None
    """Tokens since the start, where the program tells; a parser adds up what comes in parts."""
    cost_usd: float | None = None
    """Dollars since the start, where the program tells."""
    raw: bytes = b""
    """The line as it was printed."""

    def to_json(self) -> bytes:
        """Write the event as one line of JSON, without what is empty.

        The raw line is left out of an event that is understood: it stands in ``stdout.jsonl``.
        """
        document: dict[str, object] = {"kind": self.kind.value, "seen": round(self.seen, 3)}
        if self.work is not Work.OTHER:
            document["work"] = self.work.value
        for name in ("text", "name", "call", "arguments", "output"):
            if value := getattr(self, name):
                document[name] = _shorten(value)
        if self.paths:
            document["paths"] = list(self.paths)
        if self.failed:
            document["failed"] = True
        if self.exit is not None:
            document["exit"] = self.exit
        if self.allowed is not None:
            document["allowed"] = self.allowed
        if self.usage is not None:
            document["usage"] = self.usage.model_dump()
        if self.cost_usd is not None:
            document["cost_usd"] = self.cost_usd
        if self.kind is EventKind.OTHER and self.raw:
            document["raw"] = _shorten(self.raw.decode("utf-8", "backslashreplace"))
        try:
            return to_json(document)
        except PydanticSerializationError:
            # Half of a surrogate pair can stand in a text; UTF-8 has no bytes for it.
            return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _shorten(text: str) -> str:
    """Cut the middle out of a long text."""
    if len(text) <= TEXT_LIMIT:
        return text
    half = TEXT_LIMIT // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters cut ...]\n{text[-half:]}"
