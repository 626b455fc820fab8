"""The parts of a value that are secret by themselves, and what is too plain to be a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from pytest_harness.redaction.names import is_secret_name, named_parts

SHORTEST = 8
"""Characters; a shorter value is no secret, and hiding it would garble everything."""

PART = 16
"""Characters from which a part of a value, such as a line, is taken for a secret."""

_WORD = re.compile(r"[a-z]{1,11}")
_PASSWORD = re.compile(r"://[^\s/:@]*:([^\s/@]+)@")
_RANDOM = re.compile(r"[A-Za-z0-9+/=_.~-]+")


def is_worth(value: str) -> bool:
    """Tell whether hiding a value protects something: it is long, and no plain word."""
    return len(value) >= SHORTEST and _WORD.fullmatch(value) is None


def is_random(text: str) -> bool:
    """Tell whether a text looks like a key: one long word of several kinds of characters."""
    if len(text) < PART or _RANDOM.fullmatch(text) is None:
        return False
    kinds = (str.isdigit, str.islower, str.isupper)
    return sum(any(map(kind, text)) for kind in kinds) >= 2 and not _is_host(text)


def whole_parts(value: str) -> Iterator[str]:
    """Yield a value and the parts that may turn up without it: passwords and leaves of JSON."""
    text = value.strip()
    yield text
    for found in _PASSWORD.finditer(text):
        yield found[1]
        yield unquote(found[1])
    yield from named_parts(text)
    if text[:1] in {"{", "["}:
        yield from _leaves(text)


def words(value: str) -> Iterator[str]:
    """Yield the lines and words of a value that look like keys."""
    parts = value.split()
    return (part for part in parts if len(parts) > 1 and is_random(part))


def _leaves(text: str) -> Iterator[str]:
    """Yield the texts in a JSON document that are secret by name or by look."""
    try:
        pending: list[tuple[str, object]] = [("", json.loads(text))]
    except (ValueError, RecursionError):
        return
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending.extend((str(key), each) for key, each in value.items())
        elif isinstance(value, list):
            pending.extend((name, each) for each in value)
        elif isinstance(value, str) and (is_secret_name(name) or is_random(value)):
            yield value.strip()


def _is_host(text: str) -> bool:
    """Tell whether a text is a host's name: hiding these would tell nothing and garble much."""
    labels = text.split(".")
    return len(labels) > 1 and all(label.islower() and len(label) < PART for label in labels)
