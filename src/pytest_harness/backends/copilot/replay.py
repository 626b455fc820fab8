"""The changes of a past session, done again to a workspace as far as they are known exactly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pytest_harness.backends.copilot.diffs import read_diffs
from pytest_harness.backends.json_lines import Json, document, table, text_of

NOTES = 20
"""Files that are named in notes."""
_INDEX = 16 << 20
"""Bytes of a list of snapshots that are read."""


class Replay:
    """Does the changes of one session again, in their order.

    What the session kept of files before and after its turns is used as well: with it a file that
    was changed by a command on the way is right again, and at the end it is known which are not.
    """

    def __init__(self, session: Path, root: str, workspace: Path) -> None:
        """Take the session's directory, and the directory of it that the workspace stands for."""
        self._session = session
        self._root = PurePosixPath(root)
        self._workspace = workspace
        self._snapshots = _snapshots(session)
        self._doubts: dict[str, str] = {}
        self._outside: dict[str, None] = {}
        self._ends: dict[str, Json] = {}
        self._others: dict[str, None] = {}

    def path(self, path: str) -> str:
        """Return a path of the session as one of the workspace; as it is if it lies elsewhere."""
        try:
            return str(self._workspace / PurePosixPath(path).relative_to(self._root))
        except ValueError:
            return path

    def turn(self, event: str) -> None:
        """Begin the turn of the user's message ``event``: files are as they were then."""
        for each in table(self._snapshots.get(event)).values():
            path = text_of(table(each).get("path"))
            before = table(table(each).get("preimage"))
            file = self._file(path)
            if file is None:
                continue
            if self._is(file, before):
                self._doubts.pop(path, None)
            elif not self._put(file, before):
                self._doubts[path] = "its text at that time was not kept"
            elif path not in self._ends:
                self._others.setdefault(path)
            self._ends[path] = table(table(each).get("postimage"))

    def call(self, name: str, arguments: object, result: Json) -> None:
        """Do a finished call again; what changes no file of the workspace is nothing."""
        edits = result.get("fileEdits")
        if result.get("success") is not True or not isinstance(edits, list) or not edits:
            return
        paths = [text_of(table(each).get("path")) for each in edits]
        given = table(arguments)
        if name == "create" and len(paths) == 1 and isinstance(given.get("file_text"), str):
            self._write(paths[0], given["file_text"])
        elif name == "edit" and len(paths) == 1:
            self._edit(paths[0], given)
        else:
            self._patch(paths, text_of(table(result.get("result")).get("detailedContent")))

    def finish(self) -> tuple[str, ...]:
        """Compare with what the session left; return what is not as it was, in sentences."""
        for path, after in self._ends.items():
            file = self._file(path)
            if file is None:
                continue
            if self._is(file, after) or self._put(file, after):
                self._doubts.pop(path, None)
            else:
                self._doubts[path] = "it is not as the session left it"
        notes = [f"{_short(path, self._root)}: {why}" for path, why in self._doubts.items()]
        notes += [
            f"{_short(path, self._root)}: not what the session began with, whose text was taken"
            for path in self._others
        ]
        notes += [f"{path}: not in the workspace, left alone" for path in self._outside]
        more = len(notes) - NOTES
        return (*notes[:NOTES], *([f"{more} more files"] if more > 0 else []))

    def _file(self, path: str) -> Path | None:
        """Return the file of the workspace for a path of the session, if it may be written."""
        pure = PurePosixPath(path)
        below = pure.relative_to(self._root) if pure.is_relative_to(self._root) else None
        if below is None or not below.parts or ".." in below.parts or ".git" in below.parts:
            self._outside.setdefault(path)
            return None
        file = self._workspace / below
        if file.is_symlink() or not file.parent.resolve().is_relative_to(self._workspace):
            self._outside.setdefault(path)
            return None
        return file

    def _edit(self, path: str, given: Mapping[str, Any]) -> None:
        """Replace the one place of a text by another."""
        file, old, new = self._file(path), given.get("old_str"), given.get("new_str")
        if file is None:
            return
        text = _read(file)
        if text is None or not isinstance(old, str) or text.count(old) != 1:
            self._doubts[path] = "an edit does not fit its text"
            return
        self._write(path, text.replace(old, new if isinstance(new, str) else ""))

    def _patch(self, paths: list[str], shown: str) -> None:
        """Do what a tool shows of its changes."""
        done: set[str] = set()
        for each in read_diffs(shown):
            before, after = each.before, each.after
            old = self._file(before) if before else None
            if before and old is None:
                continue
            text = each.apply((_read(old) if old is not None else None) or "")
            if text is None:
                self._doubts[after or before] = "an edit does not fit its text"
            elif after:
                self._write(after, text)
            if old is not None and before != after and text is not None:
                old.unlink(missing_ok=True)
            done |= {before, after}
        for path in paths:
            if path not in done and self._file(path) is not None:
                self._doubts[path] = "it was changed by a tool that is not known"

    def _write(self, path: str, text: str) -> None:
        file = self._file(path)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8", "surrogatepass"))

    def _is(self, file: Path, image: Json) -> bool:
        """Tell whether a file is as a snapshot has it."""
        if image.get("kind") == "absent":
            return not file.exists()
        return file.is_file() and _digest(file.read_bytes()) == image.get("contentHash")

    def _put(self, file: Path, image: Json) -> bool:
        """Make a file as a snapshot has it, if its text was kept."""
        if image.get("kind") == "absent":
            if file.is_file():
                file.unlink()
            return not file.exists()
        digest = text_of(image.get("contentHash"))
        kept = self._session / "rewind-file-snapshots" / "backups" / digest
        if not digest.isalnum() or kept.is_symlink() or not kept.is_file() or file.is_dir():
            return False
        data = kept.read_bytes()
        if _digest(data) != digest:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return True


def _snapshots(session: Path) -> dict[str, Json]:
    """Return the files of each turn by the id of its message; nothing if there is no such list."""
    index = session / "rewind-file-snapshots" / "index.json"
    if not index.is_file() or index.stat().st_size > _INDEX:
        return {}
    found = (document(index.read_bytes()) or {}).get("snapshots")
    return {
        text_of(table(each).get("eventId")): table(table(each).get("files"))
        for each in (found if isinstance(found, list) else ())
    }


def _read(file: Path) -> str | None:
    """Return the text of a file; ``None`` if it is none."""
    try:
        return file.read_bytes().decode("utf-8") if file.is_file() else None
    except UnicodeDecodeError:
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _short(path: str, root: PurePosixPath) -> str:
    pure = PurePosixPath(path)
    return str(pure.relative_to(root)) if pure.is_relative_to(root) else path
