"""The tool `list_directory`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pydantic import Field

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.arguments import Arguments
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.handler import Handler
from pytest_harness.model.tools.naming import one_line, path_of
from pytest_harness.model.tools.tree import MAX_ENTRIES, Found, Kind, Tree
from pytest_harness.vocabulary import Tool

LISTED = 500
"""Entries that one call gives."""


class ListDirectoryArguments(Arguments):
    """What to list."""

    path: str = Field(
        default=".", description="The directory, relative to the workspace. Default: the workspace."
    )
    recursive: bool = Field(
        default=False, description="Whether to list what lies in its directories as well."
    )


class ListDirectory(Handler[ListDirectoryArguments]):
    """Lists a directory."""

    tool = Tool.LIST_DIRECTORY
    work = Work.READ
    model = ListDirectoryArguments

    def __init__(self, inside: Confined, ignore: Sequence[str]) -> None:
        self._inside = inside
        self._ignore = ignore

    @property
    def description(self) -> str:
        """What it does, for models."""
        return (
            "List a directory of the workspace, one path per line, each relative to the workspace; "
            "directories end in /. Caches and the like are left out. "
            f"At most {LISTED} entries are given."
        )

    def summary(self, given: ListDirectoryArguments) -> str:
        """The path."""
        return given.path

    def execute(self, given: ListDirectoryArguments) -> Outcome:
        """List."""
        start = self._inside.followed(self._inside.names(given.path))
        tree = Tree(self._inside, start, self._ignore, recursive=given.recursive)
        lines: list[str] = []
        notes: list[str] = []
        for found in tree:
            if len(lines) == LISTED:
                notes.append(f"there are more than these {LISTED}; list a directory further down")
                break
            lines.append(_line(found))
        else:
            if tree.incomplete:
                notes.append(f"only {MAX_ENTRIES} entries were looked at")
        if tree.unreadable:
            notes.append(f"{tree.unreadable} directories could not be read")
        if not lines:
            notes.append("nothing is in it")
        if notes:
            lines.append(f"[{'; '.join(notes)}]")
        return self.done(given, "\n".join(lines))


def _line(found: Found) -> str:
    name = one_line(path_of(found.names))
    match found.kind:
        case Kind.DIRECTORY:
            return f"{name}/"
        case Kind.LINK:
            target = os.fsencode(found.link).decode("utf-8", "backslashreplace")
            return f"{name} -> {one_line(target)}"
        case Kind.SPECIAL:
            return f"{name} (a pipe, a socket or a device)"
        case Kind.FILE:
            return name
