"""What vendors send or are sent, made fit: numbers of tokens, and texts of whole characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_TOKENS = 10**12
"""More than any request can have."""


def tokens(told: object) -> int | None:
    """Return a number of tokens; ``None`` for what is none: negative, broken or absurd."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    if not 0 <= told <= MOST_TOKENS or told != int(told):
        return None
    return int(told)


def whole(text: str) -> str:
    """Return a text that can be sent.

    Halves of a character that belong together become one, as where a server cut an answer between
    them; a single half becomes a replacement character.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def whole_json(value: object) -> Any:
    """Return a value of JSON all of whose texts can be sent."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, Mapping):
        return {whole_json(key): whole_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [whole_json(each) for each in value]
    return value
