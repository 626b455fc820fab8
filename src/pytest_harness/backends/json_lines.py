"""Lines of a program that are JSON objects, and those that are not."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json

from pytest_harness.backends.events import Event, EventKind

Json = dict[str, Any]

LONGEST_NAME = 1000
"""Characters of a name or an id that are read."""
MOST_TOKENS = 10**15
"""More tokens than any run can have: a program that tells as many has not counted."""


def document(line: bytes) -> Json | None:
    """Return the object that a line holds; ``None`` if it holds none.

    Of a key that stands there twice the last counts. Numbers that no JSON knows are refused.
    """
    if line.lstrip()[:1] != b"{":
        return None
    try:
        found = from_json(line, allow_inf_nan=False)
    except ValueError:
        found = _slowly(line)
    return found if isinstance(found, dict) else None


def _slowly(line: bytes) -> object:
    """Read what the faster reader refuses: halves of surrogates, and deep nesting."""
    try:
        return _DECODER.decode(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None


def not_understood(line: bytes, seen: float, name: str = "") -> Event:
    """Return the event for a line: text, or with a ``name`` an event that is not known."""
    if name:
        return Event(kind=EventKind.OTHER, seen=seen, name=name, raw=line)
    text = line.decode("utf-8", "backslashreplace")
    return Event(kind=EventKind.TEXT, seen=seen, text=text, raw=line)


def text_of(value: object) -> str:
    """Return a value as text: nothing for nothing, JSON for what is no text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def quoted(text: str) -> bytes:
    """Return a text as it stands between the quotes of JSON."""
    return json.dumps(text)[1:-1].encode()


def unquoted(text: bytes) -> str:
    """Return what stands between the quotes of JSON; as it is, if it does not belong there."""
    try:
        return str(json.loads(b'"%b"' % text))
    except ValueError:
        return text.decode("utf-8", "backslashreplace")


def name_of(value: object) -> str:
    """Return a name or an id as text, without its end where it is too long for one."""
    return text_of(value)[:LONGEST_NAME]


def table(value: object) -> Json:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def count(value: object) -> int | None:
    """Return a number of tokens, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST_TOKENS:
        return None
    return value


def dollars(value: object) -> float | None:
    """Return an amount of money, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return float(value)


def rest(total: int | None, *parts: int | None) -> int | None:
    """Subtract the known parts from a total."""
    return None if total is None else max(0, total - sum(part or 0 for part in parts))


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


# ``json.loads`` makes a new one each time that it is given such a function.
_DECODER = json.JSONDecoder(parse_constant=_refuse)
