"""The tool `write_file`."""

from __future__ import annotations

from pydantic import Field

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.arguments import Arguments
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.handler import Handler
from pytest_harness.model.tools.naming import NotAllowedError, shown
from pytest_harness.vocabulary import Tool

WRITE_BYTES = 1 << 20
"""Bytes that one call writes."""


class WriteFileArguments(Arguments):
    """What to write."""

    path: str = Field(description="The file, relative to the workspace.")
    content: str = Field(description="All that the file is to hold.")


class WriteFile(Handler[WriteFileArguments]):
    """Writes a whole file."""

    tool = Tool.WRITE_FILE
    work = Work.EDIT
    model = WriteFileArguments

    def __init__(self, inside: Confined) -> None:
        self._inside = inside

    @property
    def description(self) -> str:
        """What it does, for models."""
        return (
            "Write a whole file of the workspace, over the one that may be there. "
            f"Missing directories are made. At most {WRITE_BYTES >> 20} MiB."
        )

    def summary(self, given: WriteFileArguments) -> str:
        """The path."""
        return given.path

    def execute(self, given: WriteFileArguments) -> Outcome:
        """Write."""
        names = self._inside.names(given.path)
        if given.path.endswith("/"):
            raise NotAllowedError(f"{shown(names)}/ is the name of a directory; name a file")
        data = encoded("content", given.content)
        made = self._inside.write(names, data)
        verb = "was written" if made else "was written over"
        return self.done(given, f"{shown(names)} {verb}: {len(data)} bytes.", names)


def encoded(name: str, text: str) -> bytes:
    """Return what an argument asks to write; raises `NotAllowedError` where it is too much."""
    data = text.encode()
    if len(data) > WRITE_BYTES:
        raise NotAllowedError(
            f"{name} has {len(data)} bytes; at most {WRITE_BYTES} are written by one call"
        )
    return data
