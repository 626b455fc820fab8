"""The tool `search_files`."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from pydantic import Field

from pytest_harness.backends.events import Work
from pytest_harness.model.tools.arguments import Arguments
from pytest_harness.model.tools.base import Outcome
from pytest_harness.model.tools.confined import Confined
from pytest_harness.model.tools.content import as_text, cut_line, is_binary
from pytest_harness.model.tools.handler import Handler
from pytest_harness.model.tools.naming import (
    Names,
    NotAllowedError,
    NotPossibleError,
    one_line,
    path_of,
)
from pytest_harness.model.tools.tree import MAX_ENTRIES, Found, Kind, Tree
from pytest_harness.vocabulary import Tool

HITS = 200
"""Lines that one call gives."""
LINE = 300
"""Characters that are shown of a line."""
FILE_BYTES = 1 << 20
"""Larger files are not searched."""
TOTAL_BYTES = 64 << 20
"""Bytes of all files that one call looks through."""
PATTERN = 1000
"""Characters of a pattern."""

_PROBE = 8 << 10


class SearchFilesArguments(Arguments):
    """What to search for."""

    pattern: str = Field(description="What a line must hold: a text, or a regular expression.")
    path: str = Field(
        default=".",
        description="The file or directory to search, relative to the workspace. "
        "Default: the workspace.",
    )
    regex: bool = Field(
        default=False,
        description="Whether the pattern is a regular expression of Python. Default: false, a "
        "text as it stands.",
    )


class Hit(NamedTuple):
    """A line that matches."""

    file: int
    """Which of the files that were searched, from 0."""
    row: int
    """Which line of it, from 0."""
    column: int
    """Where in the line, from 0, in characters."""


class Matcher(Protocol):
    """Finds lines in files."""

    def __call__(self, pattern: str, files: Sequence[bytes], most: int) -> list[Hit]:
        """Return at most so many hits in order. Raises as a handler does."""
        ...


def plain(pattern: str, files: Sequence[bytes], most: int) -> list[Hit]:
    """Find a text as it stands."""
    hits: list[Hit] = []
    needle = pattern.encode()
    for number, data in enumerate(files):
        if needle not in data:
            continue
        for row, line in enumerate(data.split(b"\n")):
            column = line.find(needle)
            if column >= 0:
                hits.append(Hit(number, row, len(as_text(line[:column]))))
                if len(hits) == most:
                    return hits
    return hits


class _Heap:
    """The files of one search and what was left out."""

    def __init__(self) -> None:
        self.names: list[Names] = []
        self.files: list[bytes] = []
        self.size = self.large = self.binary = self.unreadable = 0
        self.full = False

    def notes(self) -> Iterator[str]:
        """Say what was not searched."""
        if self.large:
            yield f"files over {FILE_BYTES >> 20} MiB are not searched: {self.large}"
        if self.binary:
            yield f"binary files are not searched: {self.binary}"
        if self.unreadable:
            yield f"could not be read: {self.unreadable}"
        if self.full:
            yield f"only the first {TOTAL_BYTES >> 20} MiB were searched; name a path"


class SearchFiles(Handler[SearchFilesArguments]):
    """Finds lines in the files of the workspace."""

    tool = Tool.SEARCH_FILES
    work = Work.READ
    model = SearchFilesArguments

    def __init__(self, inside: Confined, ignore: Sequence[str], regular: Matcher) -> None:
        self._inside = inside
        self._ignore = ignore
        self._regular = regular

    @property
    def description(self) -> str:
        """What it does, for models."""
        return (
            "Find the lines that hold a text or match a regular expression, in a file or in all "
            "files of a directory, given as path:line: text. Capitals matter. "
            f"At most {HITS} lines are given."
        )

    def summary(self, given: SearchFilesArguments) -> str:
        """The pattern."""
        return given.pattern

    def execute(self, given: SearchFilesArguments) -> Outcome:
        """Search."""
        _check(given.pattern)
        heap = _Heap()
        notes: list[str] = []
        start = self._inside.followed(self._inside.names(given.path))
        if stat.S_ISDIR(self._inside.look(start).st_mode):
            notes += self._gather(heap, start)
        else:
            self._one(heap, start)
        match = self._regular if given.regex else plain
        hits = match(given.pattern, heap.files, HITS + 1)
        lines = list(_lines(heap, hits[:HITS]))
        if len(hits) > HITS:
            notes.insert(0, f"there are more than these {HITS}; search for something rarer")
        if not hits:
            notes.insert(0, "no line was found")
        notes += heap.notes()
        if notes:
            lines.append(f"[{'; '.join(notes)}]")
        return self.done(given, "\n".join(lines))

    def _one(self, heap: _Heap, names: Names) -> None:
        """Take the one file that was asked for; what is wrong with it is told."""
        with self._inside.reading(names) as (file, info):
            if info.st_size > FILE_BYTES:
                heap.large += 1
                return
            data = file.read(FILE_BYTES)
        if is_binary(data[:_PROBE]):
            heap.binary += 1
            return
        heap.names.append(names)
        heap.files.append(data)
        heap.size += len(data)

    def _gather(self, heap: _Heap, start: Names) -> Iterator[str]:
        tree = Tree(self._inside, start, self._ignore, recursive=True)
        for found in tree:
            if found.kind is not Kind.FILE:
                continue
            if heap.size + min(found.size, FILE_BYTES) > TOTAL_BYTES:
                heap.full = True
                break
            self._one_of_many(heap, found)
        heap.unreadable += tree.unreadable
        if tree.incomplete:
            yield f"only {MAX_ENTRIES} entries were looked at; name a path"

    def _one_of_many(self, heap: _Heap, found: Found) -> None:
        try:
            self._one(heap, found.names)
        except (NotPossibleError, NotAllowedError, OSError):
            heap.unreadable += 1


def _check(pattern: str) -> None:
    if not pattern:
        raise NotAllowedError("the pattern is empty; say what to search for")
    if len(pattern) > PATTERN:
        raise NotAllowedError(f"the pattern is too long; use at most {PATTERN} characters")
    if "\n" in pattern or "\r" in pattern:
        raise NotAllowedError("the pattern has a line break; lines are searched one by one")


def _lines(heap: _Heap, hits: Sequence[Hit]) -> Iterator[str]:
    last, rows = -1, []
    for hit in hits:
        if hit.file != last:
            last, rows = hit.file, heap.files[hit.file].split(b"\n")
        line = as_text(rows[hit.row].removesuffix(b"\r"))
        where = one_line(path_of(heap.names[hit.file]))
        yield f"{where}:{hit.row + 1}: {cut_line(line, LINE, hit.column)}"
