"""Which rules the structural validator holds turns against: words, and files of one's own."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_harness.config_values import Values
from pytest_harness.errors import ConfigurationError
from pytest_harness.hints import did_you_mean
from pytest_harness.model.validator import (
    DEFAULT,
    OFF,
    PROSE_CHARACTERS,
    Rule,
    ValidatorConfig,
)

__all__ = ["KEYS", "WORDS", "ValidatorConfig", "read_validator"]

WORDS = {"off": OFF, "default": DEFAULT}
"""What needs no file."""
KEYS = ("rules", "prose_characters")
"""What a file may hold."""
LARGEST = 1 << 20
"""Bytes of the largest file that is read."""

_WHERE = "the validator"
_SUFFIXES = (".toml", ".json")


def read_validator(given: str, root: Path) -> ValidatorConfig:
    """Read what was given for the validator: ``off``, ``default``, or a TOML or JSON file.

    A relative path starts at ``root``. What a file leaves out is as in ``default``. Raises
    `ConfigurationError` for an unknown word, and for a file that is missing or wrong.
    """
    if given in WORDS:
        return WORDS[given]
    if Path(given).suffix in _SUFFIXES:
        return _read(_place(given, root))
    raise ConfigurationError(
        f"validator {given!r} is unknown; {did_you_mean(given, tuple(WORDS))}use one of "
        f"{', '.join(WORDS)}, or the path of a .toml or .json file"
    )


def _place(given: str, root: Path) -> Path:
    try:
        return root / Path(given).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(
            f"validator {given} cannot be found ({error}); write its path in full"
        ) from error


def _read(path: Path) -> ValidatorConfig:
    values = Values(path, {})
    table = _document(path, values)
    values.known(_WHERE, table, KEYS)
    most = values.optional(_WHERE, table, "prose_characters", values.count)
    return ValidatorConfig(
        rules=_rules(table["rules"], values) if "rules" in table else tuple(Rule),
        prose_characters=PROSE_CHARACTERS if most is None else most,
    )


def _document(path: Path, values: Values) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(
            f"validator {path} cannot be read ({error.strerror}); check the path, or use one of "
            f"{', '.join(WORDS)}"
        ) from None
    if len(data) > LARGEST:
        values.wrong(f"it is larger than {LARGEST} bytes; a validator's file is short")
    is_json = path.suffix == ".json"
    try:
        text = data.decode()
        found = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        values.wrong(f"it is no {'JSON' if is_json else 'TOML'} ({error}); correct it")
    if not isinstance(found, dict):
        values.wrong('it holds no object; write it as {"rules": [...]}')
    return found


def _rules(value: object, values: Values) -> tuple[Rule, ...]:
    if not isinstance(value, list):
        values.wrong(f'{_WHERE}.rules is no list; write it as ["{Rule.EMPTY_REPLY}"]')
    for word in value:
        if not isinstance(word, str) or word not in tuple(Rule):
            shown = word if isinstance(word, str) else json.dumps(word, default=str)
            values.wrong(f"rule {shown!r} is unknown; {values.hint(shown, tuple(Rule))}")
    return tuple(rule for rule in Rule if rule in value)
