"""Reading values of a TOML file, with one sentence for each that is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean

_T = TypeVar("_T")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


class Values:
    """Checks values of one file; ``where`` is a value's full key.

    Every method raises `ConfigurationError` naming the file, the key, and what is expected.
    ``environ`` fills in variables.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self.environ = environ

    def wrong(self, sentence: str) -> NoReturn:
        """Raise the error about this file."""
        raise ConfigurationError(f"{self.path}: {sentence}")

    def hint(self, word: str, known: Sequence[str]) -> str:
        """Return what may have been meant, and what is known."""
        return f"{did_you_mean(word, known)}known are {', '.join(known)}"

    def known(self, where: str, table: Mapping[str, Any], keys: Sequence[str]) -> None:
        """Refuse keys that mean nothing."""
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(keys)}"
                self.wrong(f"{where} has the unknown key {key!r}; {remedy}")

    def optional(
        self, where: str, table: Mapping[str, Any], key: str, read: Callable[[str, object], _T]
    ) -> _T | None:
        """Read a key by one of the other methods; ``None`` where it is not given."""
        return read(f"{where}.{key}", table[key]) if key in table else None

    def table(self, where: str, value: object) -> Mapping[str, Any]:
        """Read a table."""
        if not isinstance(value, dict):
            self.wrong(f"{where} is no table; write [{where}]")
        return value

    def filled(self, where: str, value: object) -> object:
        """Fill ``${NAME}`` in text from the environment."""
        if isinstance(value, list):
            return tuple(self.filled(where, each) for each in value)
        if not isinstance(value, str):
            return value

        def replace(match: re.Match[str]) -> str:
            name = match.group(1)
            if not self.environ.get(name):
                self.wrong(f"{where} names the variable {name}, which is empty; set it")
            return self.environ[name]

        found = _VARIABLE.sub(replace, value)
        if "\0" in found:
            self.wrong(f"{where} holds the character NUL, which no program can be told; remove it")
        return found

    def free(self, where: str, value: object) -> dict[str, object]:
        """Read a table whose keys nobody here knows; variables are filled in at every level."""

        def read(at: str, inner: object) -> object:
            if isinstance(inner, dict):
                return {key: read(f"{at}.{key}", each) for key, each in inner.items()}
            if isinstance(inner, list):
                return [read(at, each) for each in inner]
            return self.filled(at, inner)

        return {key: read(f"{where}.{key}", each) for key, each in self.table(where, value).items()}

    def text(self, where: str, value: object) -> str:
        """Read a text that is not empty."""
        filled = self.filled(where, value)
        if not isinstance(filled, str) or not filled:
            self.wrong(f"{where} is no text; write it in quotes")
        return filled

    def texts(self, where: str, value: object) -> tuple[str, ...]:
        """Read a list of texts."""
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.wrong(f'{where} is no list of texts; write it as ["one", "two"]')
        return tuple(self.text(where, each) for each in value)

    def seconds(self, where: str, value: object) -> float:
        """Read a positive number of seconds."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e7:
            self.wrong(f"{where} is no positive number of seconds")
        return float(value)

    def amount(self, where: str, value: object) -> float:
        """Read dollars: a number from 0 on."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            self.wrong(f"{where} is no number of dollars from 0 on")
        return float(value)

    def temperature(self, where: str, value: object) -> float:
        """Read how a model is sampled: a number from 0 to 2."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
            self.wrong(f"{where} is no number from 0 to 2")
        return float(value)

    def count(self, where: str, value: object) -> int:
        """Read a number from 1 on."""
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.wrong(f"{where} is no number from 1 on")
        return value

    def size(self, where: str, value: object) -> int:
        """Read a number of bytes: ``2147483648``, ``"2 GiB"``, ``"512M"``."""
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        size = int(float(found[1]) * 1024 ** _POWERS[found[2].upper()]) if found else 0
        if size < 1:
            self.wrong(f'{where} is no size; write bytes, or a text such as "2 GiB"')
        return size

    def port(self, where: str, value: object) -> int:
        """Read the number of a TCP port."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
            self.wrong(f"{where} is no port; give a number from 1 to 65535")
        return value

    def items(self, where: str, value: object) -> list[Any]:
        """Read a list of anything."""
        if not isinstance(value, list):
            self.wrong(f"{where} is no list; write it in brackets")
        return value

    def place(self, where: str, value: object) -> Path:
        """Read a path, relative to the file's directory; ``~`` is the user's home."""
        return (self.path.parent / Path(self.text(where, value)).expanduser()).absolute()
