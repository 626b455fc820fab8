"""Writing preferred formats into ``harness.toml``: nothing else in the file changes."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Comment, InlineTable, Null, Table, Whitespace

from pytest_harness.config_models import ModelTables, read_models
from pytest_harness.config_values import Values
from pytest_harness.errors import ConfigurationError
from pytest_harness.model.selectors import Selector
from pytest_harness.vocabulary import ToolFormat

_BREAK = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """The format that a model is to be given from now on."""

    model: Selector
    """The model."""
    format: ToolFormat
    """How it is given its tools."""
    evidence: str
    """Path of what that was decided by."""
    date: str
    """Day of that, ``YYYY-MM-DD``."""

    def keys(self) -> dict[str, str]:
        """Return the keys of the model's table in the file."""
        return {
            "format": self.format.value,
            "format_evidence": self.evidence,
            "format_date": self.date,
        }


class ConfigFile:
    """A ``harness.toml`` that is to be changed, or made.

    Every method raises `ConfigurationError` naming the file and the remedy.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        # A link stays one: what it points to is written. One to itself is said when it is read.
        self.path = Path(os.path.realpath(path))
        """Where it is written."""
        self._values = Values(path, environ)
        self.text = self._read()
        """What it holds; empty if it is not there."""
        self._document = self._parsed(self.text)
        self.models: ModelTables = read_models(self._values, self._document)
        """What it says of models."""

    def with_preferences(self, preferences: Sequence[Preference]) -> str | None:
        """Return the text of the file with these preferences; ``None`` if it has them already."""
        tables = self._values.table("models", self._document.get("models", {}))
        wanted = {
            self._key(preference.model, tables): preference.keys() for preference in preferences
        }
        expected = dict(self._document)
        for key, keys in wanted.items():
            models = dict(expected.get("models", {}))
            table = self._values.table(f"models.{key}", models.get(key, {}))
            models[key] = {**table, **keys}
            expected["models"] = models
        if expected == self._document:
            return None
        try:
            text = self._edited(wanted)
            done = tomllib.loads(text) == expected
        except (TOMLKitError, tomllib.TOMLDecodeError):
            done = False
        if not done:
            self._values.wrong(
                "its tables of models cannot be changed without touching others; "
                'write each as a table of its own, [models."VENDOR:MODEL"]'
            )
        read_models(self._values, expected)
        return text

    def write(self, text: str) -> None:
        """Replace the file by ``text`` in one step; its permissions stay."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            mode = self._mode()
            try:
                with temporary.open("xb") as stream:
                    stream.write(text.encode())
                    stream.flush()
                    if mode is not None:
                        os.fchmod(stream.fileno(), mode)
                    os.fsync(stream.fileno())
                temporary.replace(self.path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            self._values.wrong(
                f"it cannot be written: {error.strerror}; "
                "check the permissions of the file and its directory, or name another with --config"
            )

    def _mode(self) -> int | None:
        """Return the permissions of the file that is there; `OSError` if it is not to be written.

        It would be replaced otherwise even where it is read-only.
        """
        if not self.path.exists():
            return None
        with self.path.open("rb+") as stream:
            return os.fstat(stream.fileno()).st_mode & 0o7777

    def _read(self) -> str:
        try:
            return self.path.read_bytes().decode()
        except FileNotFoundError:
            return ""
        except OSError as error:
            self._values.wrong(f"it cannot be read: {error.strerror}; check the path")
        except UnicodeDecodeError as error:
            self._values.wrong(f"it is no TOML: {error}; repair it first")

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._values.wrong(f"it is no TOML: {error}; repair it first")

    def _key(self, model: Selector, tables: Mapping[str, Any]) -> str:
        """Return under which name the file has a model, which may be an alias."""
        found = [name for name in tables if self._means(name) == model]
        if len(found) > 1:
            self._values.wrong(
                f"models.{found[0]} and models.{found[1]} are both {model}; keep one of them"
            )
        return found[0] if found else str(model)

    def _means(self, name: str) -> Selector | None:
        try:
            return self.models.vendors.select(name)
        except ConfigurationError:
            return None  # Names of other backends' models stand here as well.

    def _edited(self, wanted: Mapping[str, Mapping[str, str]]) -> str:
        """Return the text with these keys in tables of models; new tables stand at its end."""
        windows = 0 < self.text.count("\n") == self.text.count(_BREAK)
        text = self.text.replace(_BREAK, "\n") if windows else self.text
        document = tomlkit.parse(text)
        models = document.get("models", {})
        made: dict[str, Mapping[str, str]] = {}
        for key, keys in wanted.items():
            if key in models:
                _set(models[key], keys)
            elif isinstance(models, InlineTable):
                models[key] = keys
            else:
                made[key] = keys
        text = tomlkit.dumps(document)
        if made:
            text += "\n" * (bool(text) + (text[-1:] not in {"", "\n"}))
            text += tomlkit.dumps({"models": made})
        return text.replace("\n", _BREAK) if windows else text


def _set(table: Table | InlineTable, keys: Mapping[str, str]) -> None:
    """Set keys of a table that is there, new ones behind its last key."""
    behind = _taken_from_end(table) if isinstance(table, Table) else []
    for name, value in keys.items():
        if table.get(name) != value:
            table[name] = value
    for item in behind:
        table.add(item)


def _taken_from_end(table: Table) -> list[Comment | Whitespace]:
    """Take comments and blank lines from behind a table's last key: they speak of what follows.

    They are returned, or given to the table's own first table if it has one.
    """
    body = table.value.body
    inner = [
        (at, item)
        for at, (key, item) in enumerate(body)
        if isinstance(item, Table | AoT) and key is not None and not key.is_dotted()
    ]
    end = inner[0][0] if inner else len(body)
    taken: list[Comment | Whitespace] = []
    for at in reversed(range(end)):
        item = body[at][1]
        if not isinstance(item, Comment | Whitespace):
            break
        taken.insert(0, item)
        body[at] = (None, Null())
    if not inner:
        return taken
    trivia = inner[0][1].trivia
    trivia.indent = "".join(each.as_string() for each in taken) + trivia.indent
    return []
