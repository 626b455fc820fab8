"""Past sessions of Copilot CLI: which there are, and what one of them holds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pytest_harness.backends.copilot.access import home
from pytest_harness.backends.json_lines import Json, document, table, text_of
from pytest_harness.errors import BackendError
from pytest_harness.vocabulary import Fault

LATEST = "latest"
"""The session that was written last."""
VERSION = 1
"""Of the log's format."""
LINE = 16 << 20
"""Bytes of a line that are read; a longer one is passed over."""
_LOG = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Session:
    """One past session."""

    directory: Path
    """Where it lies."""
    start: Mapping[str, Any]
    """What its first event tells."""

    @property
    def id(self) -> str:
        """Its id."""
        return text_of(self.start.get("sessionId")) or self.directory.name

    @property
    def version(self) -> str | None:
        """The version of the program that wrote it."""
        return text_of(self.start.get("copilotVersion")) or None

    @property
    def model(self) -> str | None:
        """The model that was chosen when it began."""
        return text_of(self.start.get("selectedModel")) or None

    @property
    def cwd(self) -> str:
        """The directory in which it worked; empty if it does not tell."""
        return text_of(table(self.start.get("context")).get("cwd"))

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of its log, without newlines; one that is torn or too long is empty."""
        with (self.directory / _LOG).open("rb") as file:
            whole = True
            while line := file.readline(LINE):
                ends = line.endswith(b"\n")
                if whole:
                    yield line[:-1] if ends else b""
                whole = ends

    def digest(self) -> str:
        """Return a digest of its log."""
        with (self.directory / _LOG).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def find_session(
    which: str | None, directory: str | None, environment: Mapping[str, str]
) -> Session:
    """Return a session by its id or the beginning of it; the latest if none is named.

    ``directory`` has sessions in it, or is one. Raises `BackendError` with one sentence if there is
    no such session, or if it cannot be read.
    """
    where = Path(directory) if directory else home(environment) / "session-state"
    try:
        found = _named(which or LATEST, where)
        with (found / _LOG).open("rb") as file:
            line = file.readline(LINE)
    except OSError as error:
        raise _unreadable(f"the sessions in {where} cannot be read: {error.strerror}") from error
    first = document(line)
    if first is None or first.get("type") != "session.start":
        raise _unreadable(
            f"{found / _LOG} does not begin as a session of Copilot CLI does; name another session"
        )
    start = table(first.get("data"))
    if start.get("version") != VERSION:
        raise _unreadable(
            f"the session {found.name} is written in version {start.get('version')!r}, and "
            f"{VERSION} is what is known; update pytest-harness"
        )
    return Session(found, start)


def moment(event: Json) -> float | None:
    """Return when an event was written, in seconds since the epoch."""
    try:
        return datetime.fromisoformat(text_of(event.get("timestamp"))).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _named(which: str, where: Path) -> Path:
    """Return the directory of a session."""
    if (where / _LOG).is_file():
        if which in {LATEST, where.name}:
            return where
        raise _unreadable(
            f"{where} is the session {where.name}, not {which}; leave session out, or name it"
        )
    sessions = sorted(
        (each for each in _directories(where) if (each / _LOG).is_file()),
        key=lambda each: ((each / _LOG).stat().st_mtime, each.name),
    )
    if not sessions:
        raise _unreadable(
            f"there are no sessions of Copilot CLI in {where}; give their place as session_dir"
        )
    if which == LATEST:
        return sessions[-1]
    exact = [each for each in sessions if each.name == which]
    found = exact or [each for each in sessions if each.name.startswith(which)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(each.name for each in found[:3])
        raise _unreadable(f"the session {which} is not the only one: {names}; give all of its id")
    raise _unreadable(
        f"there is no session {which} in {where}; the latest is {sessions[-1].name}: name it, "
        f"or {LATEST}"
    )


def _directories(where: Path) -> Iterator[Path]:
    if where.is_dir():
        with os.scandir(where) as entries:
            yield from (Path(each.path) for each in entries if each.is_dir())


def _unreadable(sentence: str) -> BackendError:
    return BackendError(Fault.UNAVAILABLE, sentence)
