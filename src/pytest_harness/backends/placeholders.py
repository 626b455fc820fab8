"""Words that stand for the absolute paths of one proposal, so that a recording fits elsewhere."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WORDS = re.compile(rb"<(=*)(workspace|workspace-name|scratch)>")
_UNUSUAL = re.compile(rb"[^A-Za-z0-9]")
_CODEC = ("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one proposal, and the words that stand for them.

    A text that holds such a word already gets it back: it is written with one more ``=``.
    """

    workspace: Path
    """Stands as ``<workspace>``; as ``<workspace-name>`` where a program made one name of it, with
    a hyphen for all that is neither letter nor digit."""
    scratch: Path
    """Stands as ``<scratch>``."""

    def pack(self, data: bytes) -> bytes:
        """Put words in place of paths."""
        data = _WORDS.sub(rb"<\1=\2>", data)
        for path, word in self._pairs:
            data = data.replace(path, word)
        return data

    def unpack(self, data: bytes) -> bytes:
        """Put paths in place of words: the reverse of `pack`."""
        paths = {word: path for path, word in self._pairs}

        def path_of(found: re.Match[bytes]) -> bytes:
            signs, name = found.groups()
            return b"<%s%s>" % (signs[1:], name) if signs else paths[found.group()]

        return _WORDS.sub(path_of, data)

    def pack_text(self, text: str) -> str:
        """Put words in place of paths."""
        return self.pack(text.encode(*_CODEC)).decode(*_CODEC)

    def pack_document(self, value: Any) -> Any:
        """Put words in place of paths in every text of a document of builtins."""
        return _mapped(value, self.pack)

    def unpack_document(self, value: Any) -> Any:
        """Put paths in place of words in every text of a document of builtins."""
        return _mapped(value, self.unpack)

    @property
    def paths(self) -> tuple[str, ...]:
        """What words stand for, what lies deeper first."""
        return tuple(os.fsdecode(path) for path, _ in self._pairs)

    @property
    def _pairs(self) -> list[tuple[bytes, bytes]]:
        """Paths and words, what lies deeper first."""
        workspace = os.fsencode(self.workspace)
        pairs = [
            (workspace, b"<workspace>"),
            (os.fsencode(self.scratch), b"<scratch>"),
            (_UNUSUAL.sub(b"-", workspace), b"<workspace-name>"),
        ]
        return sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)


def _mapped(value: Any, change: Any) -> Any:
    if type(value) is str:  # not an enum, whose words are ours
        return change(value.encode(*_CODEC)).decode(*_CODEC)
    if isinstance(value, dict):
        return {key: _mapped(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(each, change) for each in value)
    return value
