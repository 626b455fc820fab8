"""``transcript.jsonl``: what a plain model and its harness said to each other."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from pytest_harness.redaction import Vault
from pytest_harness.vocabulary import Role

NAME = "transcript.jsonl"
"""Its name among the artifacts of a candidate."""
ROOM = 8 << 20
"""Bytes that are kept."""
_CUT = b'{"role": "harness", "text": "the rest was cut: it is too long"}\n'


class Speaker(enum.StrEnum):
    """Who says what no `Role` says."""

    TOOL = "tool"
    """What a call gave."""
    HARNESS = "harness"
    """What was not accepted, and what the model is told beside results."""


class TranscriptFile:
    """Writes one line of JSON for each message.

    It holds neither times nor secrets, and the directories of a proposal by a word each: the same
    conversation gives the same bytes.
    """

    def __init__(self, file: BinaryIO, vault: Vault, places: Mapping[Path, str]) -> None:
        """Take where it is written, and the words that stand for directories."""
        self._file = file
        self._vault = vault
        self._room = ROOM
        self._full = False
        self._places = [(_inner(str(path)), word) for path, word in places.items()]

    def add(self, turn: int, role: Role | Speaker, **fields: object) -> None:
        """Write a message of a turn, from 0; what is empty is left out."""
        document: dict[str, object] = {"turn": turn, "role": role}
        document.update({name: value for name, value in fields.items() if value})
        text = json.dumps(self._vault.hide_json(document), ensure_ascii=False, default=str)
        for path, word in self._places:
            text = text.replace(path, word)
        # Half of a surrogate pair is written as JSON escapes it.
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        if self._full:
            return
        if len(line) > self._room:
            self._full, line = True, _CUT
        self._room -= len(line)
        self._file.write(line)
        self._file.flush()


def _inner(text: str) -> str:
    """Return a text as it stands within a line of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
