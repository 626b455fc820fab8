"""Small TOML or JSON files of a user's own that an option names in place of a word."""

from __future__ import annotations

import enum
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pytest_harness.config_values import Values
from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean

SUFFIXES = (".toml", ".json")
"""What tells a file from a word."""
LARGEST = 1 << 20
"""Bytes of the largest file that is read."""

_Rule = TypeVar("_Rule", bound=enum.StrEnum)


class Document:
    """The file that was ``given`` for ``what``, where one of the ``words`` would do as well.

    Its texts stand as they are, without variables. Raises `ConfigurationError` with the remedy for
    what is neither a word nor a file, and for a file that is missing or wrong.
    """

    def __init__(self, what: str, given: str, words: Sequence[str], root: Path) -> None:
        """Find the file; a relative path starts at ``root``."""
        if Path(given).suffix not in SUFFIXES:
            raise ConfigurationError(
                f"{what} {given!r} is unknown; {did_you_mean(given, words)}use one of "
                f"{', '.join(words)}, or the path of a .toml or .json file"
            )
        try:
            self.path = root / Path(given).expanduser()
            """Where it is."""
        except RuntimeError as error:
            raise ConfigurationError(
                f"{what} {given} cannot be found ({error}); write its path in full"
            ) from error
        self.values = Values(self.path, {})
        """Checks its values."""
        self._what = what
        self._words = words

    def table(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Read it whole; ``keys`` are those that it may hold."""
        text, is_json = self._data(), self.path.suffix == ".json"
        try:
            found = json.loads(text.decode()) if is_json else tomllib.loads(text.decode())
        except (ValueError, RecursionError) as error:
            self.values.wrong(f"it is no {'JSON' if is_json else 'TOML'} ({error}); correct it")
        if not isinstance(found, dict):
            self.values.wrong("it holds no object; write one in braces")
        self.values.known(f"the {self._what}", found, keys)
        return found

    def rules(self, value: object, kind: type[_Rule]) -> tuple[_Rule, ...]:
        """Read a list of rules; they come in the order of ``kind``."""
        known = tuple(kind)
        if not isinstance(value, list):
            self.values.wrong(f'rules is no list of rules; write it as ["{known[0]}"]')
        for word in value:
            if not isinstance(word, str) or word not in known:
                shown = word if isinstance(word, str) else json.dumps(word, default=str)
                self.values.wrong(f"rule {shown!r} is unknown; {self.values.hint(shown, known)}")
        return tuple(rule for rule in known if rule in value)

    def _data(self) -> bytes:
        if self.path.is_fifo():
            # Opening one waits for somebody who writes.
            self.values.wrong("it is a pipe; name a file")
        try:
            with self.path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise ConfigurationError(
                f"{self._what} {self.path} cannot be read ({error.strerror}); check the path, or "
                f"use one of {', '.join(self._words)}"
            ) from None
        if len(data) > LARGEST:
            self.values.wrong(f"it is larger than {LARGEST} bytes; such a file is short")
        return data
