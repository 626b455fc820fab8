"""Reading the JSON of a call: trailing commas are forgiven, whatever is ambiguous is not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

DEEPEST = 32
"""Levels of objects and lists in one another."""
ARGUMENTS = ("arguments", "args", "parameters", "input")
"""Keys that hold the arguments; the first is the one that models are told."""
OTHER_KEYS = frozenset({"id", "type"})
"""Keys of a call that say nothing."""
FUNCTION = "function"
"""The key of a call that is wrapped as some vendors write it."""

Asked = tuple[str, Mapping[str, Any]]
"""The name of a tool and its arguments."""


class DamagedError(ValueError):
    """What stands there cannot be accepted as a call.

    Its text goes on after "because" and is for the model; ``name`` is the tool, if it is known.
    """

    def __init__(self, why: str, name: str = "") -> None:
        super().__init__(why)
        self.name = name


def read_value(text: str, start: int) -> tuple[object, int]:
    """Read the object or the list that begins at ``start``; return it and where it ends.

    Every character is looked at a fixed number of times. Line breaks and tabs may stand in texts as
    they are. Raises `DamagedError` for anything else that is no JSON, for keys that stand there
    twice with different values, for numbers that are not finite, for halves of characters, and for
    more than `DEEPEST` levels.
    """
    end, commas = _extent(text, start)
    pieces: list[str] = []
    last = start
    for comma in commas:
        pieces += (text[last:comma], " ")
        last = comma + 1
    whole = "".join((*pieces, text[last:end]))
    try:
        value = _DECODER.decode(whole)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise DamagedError(
            f"its JSON is wrong at character {error.pos + 1} ({error.msg})"
        ) from error
    except UnicodeEncodeError as error:
        raise DamagedError("a text in its JSON holds half of a character") from error
    return value, end


def read_calls(value: object) -> tuple[Asked, ...]:
    """Return what an object, or a list of objects, asks for.

    Raises `DamagedError` if one of them is no call.
    """
    if not isinstance(value, list):
        return (_call(value),)
    if not value:
        raise DamagedError("its list is empty")
    return tuple(_call(each) for each in value)


def _call(value: object) -> Asked:
    if not isinstance(value, dict):
        raise DamagedError("a call is a JSON object, and something else stands there")
    inner = value.get(FUNCTION)
    if isinstance(inner, dict):
        _only(value, (FUNCTION,), "")
        value = inner
    name = value.get("name")
    if not isinstance(name, str) or not name.strip():
        raise DamagedError('it has no "name" that is a text')
    _only(value, ("name", *ARGUMENTS), name)
    given = [key for key in ARGUMENTS if key in value]
    if len(given) > 1:
        raise DamagedError(f"it has both {given[0]!r} and {given[1]!r}", name)
    return name, _arguments(value[given[0]], name) if given else {}


def _arguments(value: object, name: str) -> Mapping[str, Any]:
    if isinstance(value, str):
        value = _within(value, name)
    if not isinstance(value, dict):
        raise DamagedError('its "arguments" are no JSON object', name)
    return value


def _within(text: str, name: str) -> object:
    """Read arguments that are written as a text that holds JSON."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "{":
        raise DamagedError('its "arguments" are a text that holds no JSON object', name)
    try:
        value, end = read_value(text, start)
    except DamagedError as error:
        raise DamagedError(f'its "arguments" are a text, of which {error}', name) from error
    if text[end:].strip():
        raise DamagedError('more than one JSON object stands in its "arguments"', name)
    return value


def _only(value: Mapping[str, object], known: tuple[str, ...], name: str) -> None:
    for key in value:
        if key not in known and key not in OTHER_KEYS:
            raise DamagedError(
                f'it has the key {key[:100]!r}; only "name" and "arguments" may stand there, and '
                "what the tool is told stands in the arguments",
                name,
            )


_TOKEN = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'  # a text
    r'|["{}\[\]<]'
    r"|,(?=\s*+[}\]])",  # a comma with nothing after it
    re.DOTALL,
)


def _extent(text: str, start: int) -> tuple[int, list[int]]:
    """Return where a value ends, and where its trailing commas are."""
    depth, last, after = 0, "", start
    commas: list[int] = []
    for token in _TOKEN.finditer(text, start):
        first = token[0][0]
        if first in "{[":
            depth += 1
            if depth > DEEPEST:
                raise DamagedError(f"its JSON has more than {DEEPEST} levels")
        elif first in "}]":
            depth -= 1
            if not depth:
                return token.end(), commas
        elif first == ",":
            before = text[after : token.start()].rstrip()[-1:] or last
            if before not in "{[,:":
                commas.append(token.start())
        elif first == "<":
            break
        elif len(token[0]) == 1:
            raise DamagedError("a text in its JSON has no closing quotation mark")
        last, after = first, token.end()
    raise DamagedError(
        "its JSON is not whole: a bracket is missing, or your answer was too long and was cut"
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for key, value in pairs:
            # As text, because 1 and true are equal to Python.
            if json.dumps(found[key]) != json.dumps(value):
                raise DamagedError(f"the key {key[:100]!r} stands there twice with two values")
    return found


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise DamagedError("a number in its JSON is too large")
    return found


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise DamagedError("a number in its JSON is too large") from error


def _refuse(word: str) -> NoReturn:
    raise DamagedError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_float,
    parse_int=_whole,
    parse_constant=_refuse,
    strict=False,
)
