"""What of a file's bytes can be shown."""

from __future__ import annotations

BINARY_NOTE = "holds binary data, which is not shown"
"""What is said of a file that is no text."""

_BAD_SHARE = 0.3


def is_binary(data: bytes) -> bool:
    """Say whether the bytes are no text: NUL among them, or too many that are not UTF-8."""
    if b"\0" in data:
        return True
    replaced = data.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}")
    return replaced > len(data) * _BAD_SHARE


def as_text(data: bytes) -> str:
    r"""Return bytes as text; those that are not UTF-8 appear as ``\xNN``."""
    return data.decode("utf-8", "backslashreplace")


def cut_line(line: str, limit: int, around: int = 0) -> str:
    """Return at most ``limit`` characters of a line, so that the place ``around`` is among them."""
    if len(line) <= limit:
        return line
    start = 0 if around < limit // 2 else around - limit // 4
    part = line[start : start + limit]
    before = "[...]" if start else ""
    after = "[...]" if start + limit < len(line) else ""
    return f"{before}{part}{after}"
