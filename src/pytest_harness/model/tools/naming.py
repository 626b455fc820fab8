"""Paths as a model writes them, and what is said of those that cannot be used."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

from pytest_harness.workspace import manifest

Names = tuple[str, ...]
"""The names that a path consists of, from the workspace on; none is the workspace itself."""

MAX_DEPTH = 64
"""Directories below each other that a path may name."""
MAX_PATH = 4000
"""Bytes of a path."""
MAX_NAME = 255
"""Bytes of one name of a path."""
RESERVED = frozenset(each.decode() for each in manifest.RESERVED)
"""Names at the root of a workspace that nothing is written below."""

_SHOWN = 200


class NotAllowedError(Exception):
    """It is refused; the message says why, for the model."""


class NotPossibleError(Exception):
    """It cannot be done; the message says why, for the model."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing
        """Whether nothing is at the path."""


def names_of(path: str, root: Path) -> Names:
    """Return the names that ``path`` consists of; raises `NotAllowedError` if it leads out.

    An absolute path must lie below ``root``. ``..`` takes back the name before it.
    """
    if not path:
        raise NotAllowedError('the path is empty; name one, such as "." for the workspace')
    if "\0" in path:
        raise NotAllowedError("the path holds a NUL character; leave it out")
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise NotAllowedError(f"{_cut(path)} cannot be the name of a file") from None
    pure = PurePosixPath(path)
    parts = pure.parts
    if pure.is_absolute():
        above = root.parts
        if parts[: len(above)] != above:
            raise NotAllowedError(
                f"{_cut(path)} leads out of the workspace; write paths relative to it"
            )
        parts = parts[len(above) :]
    found: list[str] = []
    for part in parts:
        if part != "..":
            found.append(part)
        elif found:
            found.pop()
        else:
            raise NotAllowedError(
                f"{_cut(path)} leads out of the workspace; write paths relative to it"
            )
    if size > MAX_PATH + len(os.fsencode(root)) or len(found) > MAX_DEPTH:
        raise NotAllowedError(
            f"the path is too long; use at most {MAX_PATH} bytes and {MAX_DEPTH} names"
        )
    if any(len(os.fsencode(part)) > MAX_NAME for part in found):
        raise NotAllowedError(f"a name in the path is longer than {MAX_NAME} bytes; shorten it")
    return tuple(found)


def path_of(names: Names) -> str:
    r"""Return the path below the workspace; bytes that are not UTF-8 appear as ``\xNN``."""
    path = "/".join(names) or "."
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def shown(names: Names) -> str:
    """Return the path as it stands in a sentence, of bounded length and on one line."""
    return _cut(path_of(names))


def one_line(text: str) -> str:
    """Return a name with what cannot be printed written as escapes."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _cut(path: str) -> str:
    line = one_line(path[: _SHOWN + 1])
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}\N{HORIZONTAL ELLIPSIS}"


def writable_problem(names: Names) -> str | None:
    """Say why nothing may be written at a path, or return ``None``."""
    if not names:
        return "the workspace itself is a directory; name a file"
    # A disk may take names in capitals for the same.
    if names[0].casefold() in RESERVED:
        return f"nothing may be written to {names[0]}: it is no part of the workspace"
    if any(not each.isprintable() for each in names):
        return f"{shown(names)} has line breaks or unprintable characters; leave them out"
    return None


def problem_of(error: OSError, names: Names) -> NotPossibleError:
    """Return what is said of something that the system refused."""
    path = shown(names)
    match error.errno:
        case errno.ENOENT:
            return NotPossibleError(
                f"{path} does not exist; list_directory shows what does", missing=True
            )
        case errno.ENOTDIR:
            return NotPossibleError(f"{path} lies below something that is no directory")
        case errno.ELOOP:
            return NotPossibleError(f"{path} lies behind a link; name the file itself")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return NotPossibleError(f"{path} cannot be reached: permission denied")
        case _:
            return NotPossibleError(f"{path} cannot be reached: {error.strerror or error}")
