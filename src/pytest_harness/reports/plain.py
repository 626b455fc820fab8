"""Text made safe to show: no control characters, no endless bodies."""

from __future__ import annotations

import re
from pathlib import Path

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    r"""Return ``text`` without colours and with every control character written out.

    Newlines and tabs stay; a carriage return before a newline goes; anything else that a terminal
    would obey or XML would refuse appears as ``\x1b`` or ``\u202e``.
    """
    return _UNSAFE.sub(_escape, _ANSI.sub("", text.replace("\r\n", "\n")))


def one_line(text: str, limit: int = 200) -> str:
    """Return `printable` text on one line of at most ``limit`` characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def shortened(text: str, limit: int) -> str:
    """Return `printable` text of at most about ``limit`` characters; a cut is said in the text."""
    clean = printable(text)
    if len(clean) <= limit:
        return clean
    return f"{clean[:limit]}\n[... {len(clean) - limit} characters cut ...]"


def read_shortened(path: Path, limit: int) -> str:
    """Return the first ``limit`` bytes of a file as `printable` text; empty if there is no file."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
            total = stream.seek(0, 2)
    except OSError:
        return ""
    text = printable(data[:limit].decode("utf-8", "backslashreplace"))
    if total > limit:
        text += f"\n[... {total - limit} more bytes in {path.name} ...]"
    return text


def near(path: Path) -> str:
    """Return ``path`` relative to the working directory if it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
