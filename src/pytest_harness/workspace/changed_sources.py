"""What a proposal of this session has changed of the targets' sources, for all later cells."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pytest_harness.errors import WorkspaceError


class ChangedSources:
    """Notes in a directory that the session's processes share, one for each changed directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def note(self, path: str, original: str) -> None:
        """Note that ``path`` is no more what it was when its fingerprint was ``original``.

        Where it was noted already, the first note stays. Raises `WorkspaceError` if it cannot be
        written.
        """
        try:
            self._directory.mkdir(exist_ok=True)
            with self._note_of(path).open("x") as note:
                note.write(original)
        except FileExistsError:
            return
        except OSError as error:
            raise WorkspaceError(
                f"{self._directory} cannot be written ({error.strerror}); make room there"
            ) from error

    def spoilt(self, digests: Mapping[str, str]) -> tuple[str, ...]:
        """Return the paths that are noted and whose fingerprint is still another."""
        return tuple(
            path
            for path, digest in digests.items()
            if (original := self._original(path)) is not None and original != digest
        )

    def _original(self, path: str) -> str | None:
        note = self._note_of(path)
        return note.read_text() if note.is_file() else None

    def _note_of(self, path: str) -> Path:
        return self._directory / hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
