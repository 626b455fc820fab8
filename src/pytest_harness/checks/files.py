"""Reading what a candidate left, without being led outside its workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

READ_LIMIT = 16 << 20
"""Bytes of a file that a check is ready to read."""


class UnreadableError(Exception):
    """A path cannot be read; the message says why and starts with the path."""


def as_tuple(values: str | Sequence[str]) -> tuple[str, ...]:
    """One string is a sequence of itself, not of its letters."""
    return (values,) if isinstance(values, str) else tuple(values)


def path_problem(path: str) -> str | None:
    """Say why ``path`` is no path below a workspace, or return ``None``."""
    pure = PurePosixPath(path)
    if not path or "\0" in path or pure.is_absolute() or ".." in pure.parts:
        return f"{path!r} is no path below the workspace; write it relative to the workspace"
    return None


def locate(workspace: Path, path: str) -> Path:
    """Return ``path`` below ``workspace`` with all links followed.

    Raises `UnreadableError` where a link leads outside, in a circle or to nothing, and where
    nothing is there.
    """
    place = workspace / path
    try:
        found = place.resolve(strict=True)
    except FileNotFoundError:
        raise UnreadableError(f"{path} does not exist") from None
    except (OSError, RuntimeError):  # Python before 3.13 reports a circle of links as RuntimeError
        raise UnreadableError(f"{path} cannot be reached") from None
    if not found.is_relative_to(workspace.resolve()):
        raise UnreadableError(f"{path} is a link that leads outside the workspace")
    return found


def read_text(workspace: Path, path: str) -> str:
    """Return a file's text; bytes that are not UTF-8 become replacement characters.

    Line ends are those of Unix. Raises `UnreadableError` for what is missing, lies outside, is no
    regular file, is larger than `READ_LIMIT`, or may not be read.
    """
    found = locate(workspace, path)
    if not found.is_file():
        raise UnreadableError(f"{path} is no file")
    if found.stat().st_size > READ_LIMIT:
        raise UnreadableError(f"{path} is larger than {READ_LIMIT >> 20} MiB")
    try:
        data = found.read_bytes()
    except PermissionError:
        raise UnreadableError(f"{path} may not be read") from None
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
