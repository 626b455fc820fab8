"""Going through the directories of a workspace."""

from __future__ import annotations

import enum
import os
import stat
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.naming import MAX_DEPTH, RESERVED, Names, NotPossibleError
from pytest_harness.workspace.manifest import ignoring

MAX_ENTRIES = 20_000
"""Entries that one walk looks at."""


class Kind(enum.Enum):
    """What an entry of a directory is."""

    FILE = enum.auto()
    DIRECTORY = enum.auto()
    LINK = enum.auto()
    SPECIAL = enum.auto()
    """A pipe, a socket or a device."""


class Found(NamedTuple):
    """One entry."""

    names: Names
    """Where it is."""
    kind: Kind
    """What it is."""
    size: int
    """Bytes of a file."""
    link: str = ""
    """Where a link points, as it is written in it."""


class Tree:
    """Everything below one directory, sorted, each directory right before what it holds.

    What ``ignore`` matches is left out, unless it is where the walk begins. Links are not followed.
    """

    def __init__(
        self, inside: Confined, start: Names, ignore: Sequence[str], *, recursive: bool
    ) -> None:
        self._inside = inside
        self._start = start
        self._recursive = recursive
        patterns = ignoring(ignore)
        below = start and patterns.covers(os.fsencode("/".join((*start, ""))))
        self._ignored = ignoring(()) if below else patterns
        self._left = MAX_ENTRIES
        self.unreadable = 0
        """Directories that could not be read."""
        self.incomplete = False
        """Whether there is more than one walk looks at."""

    def __iter__(self) -> Iterator[Found]:
        # The first directory must be readable; what is wrong with it is told.
        pending = self._children(self._start)
        while pending:
            found = pending.pop()
            yield found
            if found.kind is not Kind.DIRECTORY or not self._recursive:
                continue
            if len(found.names) == 1 and found.names[0] in RESERVED:
                continue
            if len(found.names) >= MAX_DEPTH:
                self.incomplete = True
                continue
            try:
                pending += self._children(found.names)
            except NotPossibleError:
                self.unreadable += 1

    def _children(self, names: Names) -> list[Found]:
        """Return what a directory holds, last name first."""
        with self._inside.directory(names) as descriptor, os.scandir(descriptor) as items:
            entries = list(islice(items, self._left + 1))
            if len(entries) > self._left:
                self.incomplete = True
                entries.pop()
            self._left -= len(entries)
            entries.sort(key=lambda item: os.fsencode(item.name), reverse=True)
            found = [_found(names, item, descriptor) for item in entries]
        return [each for each in found if each is not None and not self._is_ignored(each)]

    def _is_ignored(self, found: Found) -> bool:
        path = os.fsencode("/".join(found.names))
        return self._ignored.matches(path, directory=found.kind is Kind.DIRECTORY)


def _found(above: Names, item: os.DirEntry[str], descriptor: int) -> Found | None:
    names = (*above, item.name)
    try:
        info = item.stat(follow_symlinks=False)
        if stat.S_ISREG(info.st_mode):
            return Found(names, Kind.FILE, info.st_size)
        if stat.S_ISDIR(info.st_mode):
            return Found(names, Kind.DIRECTORY, 0)
        if stat.S_ISLNK(info.st_mode):
            return Found(names, Kind.LINK, 0, os.readlink(item.name, dir_fd=descriptor))
    except FileNotFoundError:
        return None
    return Found(names, Kind.SPECIAL, 0)
