"""How two manifests differ."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from dataclasses import dataclass

from pytest_harness.records import FileChange
from pytest_harness.vocabulary import ChangeKind
from pytest_harness.workspace.manifest import Entry, EntryKind, Manifest, display


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that differs, by its real name."""

    path: bytes
    """Where it is now; where it was if it is gone."""
    kind: ChangeKind
    """How it differs."""
    old: Entry | None
    """What it was."""
    new: Entry | None
    """What it is."""
    old_path: bytes | None = None
    """Where it was, if it was renamed."""

    def record(self, added: int | None = None, removed: int | None = None) -> FileChange:
        """Return the record of it, with so many lines added and removed."""
        return FileChange(
            path=display(self.path),
            kind=self.kind,
            old_path=None if self.old_path is None else display(self.old_path),
            added_lines=added,
            removed_lines=removed,
        )


def compare(before: Manifest, after: Manifest) -> tuple[FileChange, ...]:
    """List what differs, sorted by path, without line counts.

    Directories appear when they are added or deleted empty, and when their mode changed.
    """
    return tuple(difference.record() for difference in differences(before, after))


def differences(before: Manifest, after: Manifest) -> list[Difference]:
    """List what differs, sorted by path, with the entries of both sides."""
    old, new = before.entries, after.entries
    if before.digest == after.digest:
        return []
    found: list[Difference] = []
    for path, entry in old.items():
        now = new.get(path)
        if now is not None and now != entry:
            found.append(Difference(path, _kind(entry, now), entry, now))
    gone = _leaves(before, [path for path in old if path not in new])
    come = _leaves(after, [path for path in new if path not in old])
    for source, target in _renames(gone, come):
        found.append(
            Difference(target, ChangeKind.RENAMED, gone.pop(source), come.pop(target), source)
        )
    found += [Difference(path, ChangeKind.DELETED, entry, None) for path, entry in gone.items()]
    found += [Difference(path, ChangeKind.ADDED, None, entry) for path, entry in come.items()]
    found.sort(key=lambda difference: difference.path)
    return found


def _kind(old: Entry, new: Entry) -> ChangeKind:
    if old.kind is not new.kind:
        return ChangeKind.TYPE
    if (old.digest, old.link) != (new.digest, new.link):
        return ChangeKind.MODIFIED
    return ChangeKind.MODE


def _leaves(manifest: Manifest, paths: list[bytes]) -> dict[bytes, Entry]:
    """Return the entries at ``paths`` without the directories that hold anything."""
    occupied = {posixpath.dirname(path) for path in (*manifest.entries, *manifest.ignored)}
    return {path: manifest.entries[path] for path in paths if path not in occupied}


def _renames(gone: dict[bytes, Entry], come: dict[bytes, Entry]) -> list[tuple[bytes, bytes]]:
    """Pair what is gone with what has come, one to one, where the content is identical.

    Among equals the same file name comes first, then the order of paths. Empty files say nothing
    about where they came from.
    """
    sources: dict[tuple[str, bytes | str | None], list[bytes]] = defaultdict(list)
    for path, entry in gone.items():
        if entry.kind is not EntryKind.DIRECTORY and entry.size:
            sources[entry.kind, entry.digest or entry.link].append(path)
    pairs: list[tuple[bytes, bytes]] = []
    unsure: list[tuple[bytes, list[bytes]]] = []
    for path, entry in come.items():
        candidates = sources.get((entry.kind, entry.digest or entry.link))
        if not candidates or not entry.size:
            continue
        name = posixpath.basename(path)
        same = next((each for each in candidates if posixpath.basename(each) == name), None)
        if same is None:
            unsure.append((path, candidates))
        else:
            candidates.remove(same)
            pairs.append((same, path))
    pairs += [(candidates.pop(0), path) for path, candidates in unsure if candidates]
    return pairs
