"""What an agent did to the repository that it was given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.workspace.manifest import Manifest, display, scan

_SETTINGS = (b"config", b"config.worktree", b"info/attributes", b"info/exclude", b"info/grafts")
_HISTORY = (b"HEAD", b"packed-refs", b"refs/", b"shallow", b"objects/info/alternates")


def scan_repository(workspace: Path) -> Manifest | None:
    """Return what the repository of a workspace holds; ``None`` if none is there to be read."""
    directory = workspace / ".git"
    if directory.is_symlink() or not directory.is_dir():
        return None
    try:
        return scan(directory)
    except WorkspaceError:
        return None


def describe_changes(before: Manifest | None, after: Manifest | None) -> tuple[str, ...]:
    """Say in a few words each what changed in a repository that an agent was given.

    Commits are its good right and are told with the rest; a repository is never part of a
    candidate, so nothing of it reaches an evaluation.
    """
    if before is None:
        return ()
    if after is None:
        return ("removed the repository, or made it unreadable",)
    found = []
    if hooks := _changed(before, after, (b"hooks/",)):
        found.append(f"changed the repository's hooks: {hooks}")
    if settings := _changed(before, after, _SETTINGS):
        found.append(f"changed the repository's settings: {settings}")
    if any(path not in after.entries for path in before.entries if path.endswith(b".pack")):
        found.append("replaced the repository's history")
    elif _changed(before, after, _HISTORY):
        found.append("made commits or branches")
    return tuple(found)


def _changed(before: Manifest, after: Manifest, prefixes: Iterable[bytes]) -> str:
    names = sorted(
        path
        for path in {*before.entries, *after.entries}
        if path.startswith(tuple(prefixes))
        and not path.endswith(b".sample")
        and before.entries.get(path) != after.entries.get(path)
    )
    return ", ".join(map(display, names[:5])) + (", ..." if len(names) > 5 else "")
