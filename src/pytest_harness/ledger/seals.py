"""Noticing that somebody else wrote into the run directory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from pytest_harness.file_signature import Signature, signature
from pytest_harness.ledger.encoding import cell_line
from pytest_harness.ledger.layout import (
    CANDIDATES,
    CELL_FILE,
    CELLS,
    LEDGER_FILE,
    ORIGINAL,
    RUN_FILE,
    cell_path,
)

_CHUNK = 1 << 20


class FinishedCells:
    """The cells that one session has finished: nobody writes to them again.

    One process has one, so that each file is read once.
    """

    def __init__(self, run: Path, session: str) -> None:
        self._run = run
        self._session = session.encode()
        self._known: dict[str, Signature] = {}

    def look(self) -> None:
        """Take note of the cells that have been finished since the last look."""
        for path in self._files():
            now = signature(path)
            if now is None or now == self._known.get(path):
                continue
            # It may have been finished between the two: then the next look takes note of it.
            if self._is_settled(path) and signature(path) == now:
                self._known[path] = now

    def broken(self) -> list[str]:
        """Return those that changed since `look`, relative to the run's directory."""
        changed = [path for path, before in self._known.items() if signature(path) != before]
        return [os.path.relpath(path, self._run) for path in changed]

    def _files(self) -> Iterator[str]:
        """Yield the file of every cell; this is asked around each proposal."""
        try:
            with os.scandir(self._run / CELLS) as targets:
                for target in targets:
                    if target.is_dir(follow_symlinks=False):
                        with os.scandir(target.path) as cells:
                            yield from (f"{cell.path}/{CELL_FILE}" for cell in cells)
        except FileNotFoundError:
            return  # The run has no cell yet, or its directory is being removed.

    def _is_settled(self, path: str) -> bool:
        try:
            data = Path(path).read_bytes()
        except FileNotFoundError:
            return False
        return b'"status":"finished"' in data and self._session in data


class RunSeals:
    """Fingerprints of a run directory while other workers write to it as they should.

    What may happen meanwhile: the ledger grows, cells begin and finish. What may not: a line that
    was there changes, a line appears that no cell's own file bears out, ``run.json`` or a file of
    a finished cell of this session changes, or one of an earlier candidate of this cell.
    """

    def __init__(self, run: Path, cell_directory: Path, finished: FinishedCells) -> None:
        self._run = run
        self._cell = cell_directory
        self._finished = finished
        self._own: dict[Path, Signature] = {}
        self._record: Signature | None = None
        self._size = 0
        self._digest = ""

    def look(self, current: str) -> None:
        """Take fingerprints; files of the candidate ``current`` are still being written."""
        self._record = signature(self._run / RUN_FILE)
        self._own = self._artifacts(current)
        self._finished.look()
        ledger = self._run / LEDGER_FILE
        self._size = _whole_lines(ledger)
        self._digest = _digest(ledger, self._size)

    def broken(self) -> tuple[str, ...]:
        """Return what changed since `look` that nobody but the session itself may change."""
        found = []
        if signature(self._run / RUN_FILE) != self._record:
            found.append(RUN_FILE)
        found += self._finished.broken()
        found += [
            str(path.relative_to(self._run))
            for path, before in self._own.items()
            if signature(path) != before
        ]
        if self._ledger_is_broken():
            found.append(LEDGER_FILE)
        return tuple(found)

    def _artifacts(self, current: str) -> dict[Path, Signature]:
        """Return the files of this cell's earlier candidates, and what it shares with others."""
        found = {}
        target = self._cell.parent
        paths = [*target.glob("baseline-*.json"), *(self._cell / CANDIDATES).glob("*/*")]
        for original in target.glob(f"{ORIGINAL}-*"):
            # One with a dot in its name is still being copied by another process.
            paths += () if "." in original.name else original.rglob("*")
        for path in paths:
            now = signature(path)
            if path.parent.name != current and now is not None:
                found[path] = now
        return found

    def _ledger_is_broken(self) -> bool:
        path = self._run / LEDGER_FILE
        if self._size and _digest(path, self._size) != self._digest:
            return True
        try:
            with path.open("rb") as ledger:
                ledger.seek(self._size)
                added = ledger.read().split(b"\n")[:-1]
        except OSError:
            return self._size > 0
        return not all(map(self._is_borne_out, added))

    def _is_borne_out(self, line: bytes) -> bool:
        """Say whether a line about a cell is what the cell's own file says."""
        try:
            fields = json.loads(line)
            if fields["line"] != "cell":
                return True
            cell = fields["cell"]
            path = cell_path(self._run, cell["target_id"], cell["directory"]) / CELL_FILE
            return cell_line(path.read_bytes().rstrip(b"\n")) == line
        except (ValueError, KeyError, TypeError, OSError):
            return False


def _whole_lines(path: Path) -> int:
    """Return where a file's last whole line ends."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            while end:
                start = max(0, end - _CHUNK)
                file.seek(start)
                at = file.read(end - start).rfind(b"\n")
                if at >= 0:
                    return start + at + 1
                end = start
    except OSError:
        return 0
    return 0


def _digest(path: Path, size: int) -> str:
    """Digest the first ``size`` bytes; empty if they are not there."""
    running = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while size and (data := file.read(min(size, _CHUNK))):
                running.update(data)
                size -= len(data)
    except OSError:
        return ""
    return "" if size else running.hexdigest()
