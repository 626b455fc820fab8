"""A candidate's changes as text for somebody who reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_harness.checks.files import UnreadableError, locate
from pytest_harness.judging import shortened
from pytest_harness.vocabulary import ChangeKind
from pytest_harness.workspace.hunks import hunks, lines_of

if TYPE_CHECKING:
    from pytest_harness.checks.base import CheckContext
    from pytest_harness.records import FileChange

LARGEST = 256 << 10
"""Bytes above which a file's content is not shown."""
FILE_LIMIT = 16_000
"""Characters shown of one file."""
TOTAL_LIMIT = 60_000
"""Characters shown of all files."""


def shown_changes(context: CheckContext) -> str:
    """Return a unified diff of bounded size; what is not shown is named.

    Hidden files stay hidden: a changed path that one of them covers is named alone.
    """
    sections: list[str] = []
    room = TOTAL_LIMIT
    for change in context.changes:
        section = f"{_heading(change)}\n{shortened(_body(change, context), FILE_LIMIT)}".rstrip()
        room -= len(section)
        if room < 0:
            left = len(context.changes) - len(sections)
            sections.append(f"[{left} more changed paths are not shown]")
            break
        sections.append(section)
    return "\n\n".join(sections) or "nothing was changed"


def _heading(change: FileChange) -> str:
    old = f"{change.old_path} -> " if change.old_path else ""
    return f"{change.kind} {old}{change.path}"


def _body(change: FileChange, context: CheckContext) -> str:
    if change.kind is ChangeKind.MODE:
        return ""
    if _covered(change.path, context.hidden):
        return "[not shown]"
    try:
        old = _content(context.original, change.old_path or change.path)
        new = _content(context.workspace, change.path)
    except (UnreadableError, OSError) as error:
        return f"[not shown: {error}]"
    if b"\0" in old + new:
        return "[not text]"
    return b"".join(hunks(lines_of(old), lines_of(new))).decode("utf-8", "replace")


def _covered(path: str, hidden: Sequence[Path]) -> bool:
    """Whether hidden files took the place of what the candidate left at ``path``."""
    places = (PurePosixPath(path), *PurePosixPath(path).parents)
    for layer in hidden:
        for place in places:
            found = layer / place
            whole = place == places[0] or found.is_symlink() or not found.is_dir()
            if whole and (found.is_symlink() or found.exists()):
                return True
    return False


def _content(root: Path, path: str) -> bytes:
    """Read a file, or say in bytes what else is there; nothing for what is not there."""
    place = root / path
    if place.is_symlink():
        return f"link to {place.readlink()}\n".encode("utf-8", "backslashreplace")
    try:
        found = locate(root, path)
    except UnreadableError:
        if place.exists():
            raise
        return b""
    if found.is_dir():
        return b""
    if not found.is_file():
        raise UnreadableError(f"{path} is no file")
    if found.stat().st_size > LARGEST:
        raise UnreadableError(f"{path} is larger than {LARGEST >> 10} KiB")
    return found.read_bytes()
