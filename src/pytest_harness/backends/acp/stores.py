"""Where known programs keep what they do not tell in the protocol."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pytest_harness.backends.adapter import Room
from pytest_harness.backends.gemini.session import Session
from pytest_harness.backends.json_lines import count, dollars
from pytest_harness.records import Spent, Usage

_SPENT = (
    "select tokens_input, tokens_cache_read, tokens_cache_write, tokens_output, tokens_reasoning,"
    " cost from session where id = ?"
)


MOST_STEPS = 1_000_000
"""Steps of the database for one answer, which needs some ten."""


class Store(Protocol):
    """What a program wrote down about one session."""

    def named(self, identity: str) -> None:
        """Take the session's id."""
        ...

    def exits(self) -> dict[str, int]:
        """Return the exit codes of commands by the id of their call."""
        ...

    def spent(self) -> Spent | None:
        """Return tokens and dollars of the whole session, if they are known."""
        ...


class GeminiStore(Session):
    """Gemini CLI's file of a session: it tells no exit codes, and cached tokens as others."""

    def spent(self) -> Spent | None:
        """Return the tokens."""
        usage = self.usage()
        return None if usage is None else Spent(usage=usage)


@dataclass
class OpenCodeStore:
    """OpenCode's database: the protocol tells the tokens of its last request alone."""

    file: Path
    """The database."""
    identity: str = ""
    """The session's id."""

    def named(self, identity: str) -> None:
        """Take the session's id."""
        self.identity = identity

    def exits(self) -> dict[str, int]:
        """Return nothing: it tells exit codes itself."""
        return {}

    def spent(self) -> Spent | None:
        """Return tokens and dollars."""
        if not self.file.is_file() or self.file.is_symlink():
            return None
        try:
            address = f"{self.file.absolute().as_uri()}?mode=ro"
            with contextlib.closing(sqlite3.connect(address, uri=True, timeout=1)) as database:
                # An agent may have put a question in its place that has no end.
                database.set_progress_handler(lambda: 1, MOST_STEPS)
                found = database.execute(_SPENT, (self.identity,)).fetchone()
        except sqlite3.Error:
            # Another version keeps it elsewhere; what is not known is not told.
            return None
        if found is None:
            return None
        given, cached, written, output, thought, cost = found
        usage = Usage(
            input=count(given),
            cached_input=count(cached),
            cache_write=count(written),
            output=count(output),
            reasoning=count(thought),
        )
        return Spent(usage=usage, cost_usd=dollars(cost))


def store_of(room: Room, provider: str) -> Store | None:
    """Return where the program of a provider keeps its sessions in a home of its own."""
    if room.profile is None:
        return None
    match provider:
        case "gemini-cli":
            return GeminiStore(room.profile.config)
        case "opencode-run":
            return OpenCodeStore(
                room.profile.home / ".local" / "share" / "opencode" / "opencode.db"
            )
    return None
