"""What the owner asks for."""

from __future__ import annotations

TYPE_CHECKING = False  # Importing typing would double the time to start.
if TYPE_CHECKING:
    from typing import Any


class Start:
    """A program to run, read from a line of JSON whose characters stand for bytes."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.argv = [exact(part) for part in fields["argv"]]
        self.cwd = exact(fields["cwd"])
        self.env = {exact(name): exact(value) for name, value in fields["env"].items()}
        self.grace: float = fields["grace"]
        """Seconds between the polite and the forced end."""
        self.memory: int | None = fields["memory"]
        """Bytes that all processes may hold together."""
        self.processes: int | None = fields["processes"]
        """Processes that may be alive at once."""
        self.file_size: int | None = fields["file_size"]
        """Bytes that one file may have."""
        self.join = [exact(path) for path in fields["join"]]
        """Files of control groups in which the program enters itself."""
        self.private = [exact(path) for path in fields["private"]]
        """Directories to remove should the owner die."""


def exact(text: str) -> bytes:
    """Return the bytes that the characters of a text stand for."""
    return text.encode("latin-1")
