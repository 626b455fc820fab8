"""The ways in which programs write a text, for tests that none of them shows a secret."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus


def _base64(shift: int, *, safe: bool = False) -> Callable[[str], str]:
    encode = base64.urlsafe_b64encode if safe else base64.b64encode

    def encoded(value: str) -> str:
        return encode(b"x" * shift + value.encode() + b"yz").decode()

    return encoded


def _folded(value: str) -> str:
    return base64.encodebytes(b"a prefix: " + value.encode() + b"yz").decode()


def _dollar(value: str) -> str:
    """Quote as ``printf %q`` of bash does where it must."""
    escapes = {"\n": "\\n", "\t": "\\t", "'": "\\'", "\\": "\\\\"}
    out = "".join(
        escapes.get(c) or (c if c.isascii() else "".join(f"\\{b:03o}" for b in c.encode()))
        for c in value
    )
    return f"$'{out}'"


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "quote": quote,
    "quote-everything": lambda value: quote(value, safe=""),
    "quote-plus": quote_plus,
    "quote-some": lambda value: quote(value, safe="/+:@ "),
    "quote-lower": lambda value: re.sub(
        "%..", lambda found: found[0].lower(), quote(value, safe="")
    ),
    "quote-twice": lambda value: quote(quote(value, safe=""), safe=""),
    "base64-0": _base64(0),
    "base64-1": _base64(1),
    "base64-2": _base64(2),
    "base64-0-safe": _base64(0, safe=True),
    "base64-1-safe": _base64(1, safe=True),
    "base64-2-safe": _base64(2, safe=True),
    "base64-lines": _folded,
    "base64-lines-in-json": lambda value: json.dumps(_folded(value)),
    "base64-quoted": lambda value: quote(_base64(1)(value), safe=""),
    "json": json.dumps,
    "json-unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "json-slashes": lambda value: json.dumps(value).replace("/", "\\/"),
    "json-twice": lambda value: json.dumps(json.dumps({"key": value})),
    "json-html": lambda value: html.escape(json.dumps({"key": value})),
    "shell": lambda value: "'" + value.replace("'", "'\\''") + "'",
    "shlex": shlex.quote,
    "backslashes": lambda value: re.sub(
        r"([^\w\n])", r"\\\1", value, flags=re.ASCII if value.isascii() else 0
    ),
    "dollar": _dollar,
    "repr": repr,
    "ascii": ascii,
    "bytes-repr": lambda value: repr(value.encode()),
    "html": html.escape,
    "xml": lambda value: value.encode("ascii", "xmlcharrefreplace").decode(),
    "hex": lambda value: value.encode().hex(),
    "hex-upper": lambda value: value.encode().hex().upper(),
}
"""By name."""


def cores(value: str) -> dict[str, str]:
    """Return what must not be found of a value, by encoding: what depends on nothing around it."""
    found: dict[str, str] = {}
    for name, encode in ENCODINGS.items():
        text = encode(value)
        if name.startswith("base64"):
            # The first and the last characters also hold bits of what stands around.
            lines = text.replace("\\n", "\n").strip('"').split("\n")
            text = max(lines, key=len)
            if "lines" in name:
                continue
            text = text[4:-6] if "quoted" not in name else text[6:-12]
        else:
            text = text.strip("'\"$") if name not in {"raw"} else text
        found[name] = text
    return found
