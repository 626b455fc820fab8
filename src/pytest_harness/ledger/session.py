"""Who writes a run: one session, whose processes all hold a lock as long as they live.

Every process of a session shares ``session.lock``; a newcomer of another session may take the run
over only if it gets that lock alone, so when nobody of the old session lives. ``gate.lock`` is held
for the moment of deciding.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pytest_harness.errors import LedgerError, RunInUseError
from pytest_harness.ledger import journal
from pytest_harness.ledger.files import explained
from pytest_harness.ledger.layout import (
    CELLS,
    GATE_LOCK,
    LEDGER_FILE,
    LIVE,
    RUN_FILE,
    RUNS,
    SESSION_LOCK,
)
from pytest_harness.ledger.loading import load
from pytest_harness.records import RunRecord
from pytest_harness.runtime.locks import FileLock, exclusive


def check_free(path: Path, session: str, *, resume: bool) -> None:
    """Check, leaving nothing behind, that ``session`` could open the run at ``path``.

    Raises `RunInUseError` when another living session holds it, or when it exists and is not to be
    resumed; `SchemaError` when it was written by another version; `LedgerError` when its place
    cannot be written.
    """
    _check_writable(path)
    if (path / GATE_LOCK).exists() and (path / SESSION_LOCK).exists():
        with explained(path), exclusive(path / GATE_LOCK):
            lock = FileLock(path / SESSION_LOCK)
            free = lock.exclusive(blocking=False)
            lock.release()
            holders = _Holders.read(path)
        if holders.session == session:
            return
        if not free:
            raise _in_use(path, holders)
    _check_resumable(path, resume=resume)


class SessionLock:
    """One process's share in a session's hold on a run."""

    def __init__(self, run: Path, session: str) -> None:
        self._run = run
        self._session = session
        self._lock = FileLock(run / SESSION_LOCK)

    @property
    def held(self) -> bool:
        """Whether this process has joined."""
        return self._lock.held

    def join(self, *, resume: bool, prepare: Callable[[], None]) -> None:
        """Join the session, or make it if this is its first process; then ``prepare`` is called.

        Raises `RunInUseError` and `SchemaError` as `check_free` does, and `OSError`.
        """
        with exclusive(self._run / GATE_LOCK):
            try:
                self._join(resume=resume, prepare=prepare)
            except BaseException:
                self._lock.release()
                raise

    def leave(self) -> None:
        """Give up this process's share."""
        self._lock.release()

    def _join(self, *, resume: bool, prepare: Callable[[], None]) -> None:
        alone = self._lock.exclusive(blocking=False)
        holders = _Holders.read(self._run)
        if holders.session != self._session:
            if not alone:
                raise _in_use(self._run, holders)
            _check_resumable(self._run, resume=resume)
            holders = _Holders(self._session, ())
        if alone:
            prepare()
        holders.joined_by(os.getpid()).write(self._run)
        self._lock.shared()


@dataclass(frozen=True, slots=True)
class _Holders:
    """What ``session.lock`` says: a session and its processes, the first one first."""

    session: str | None
    pids: tuple[int, ...]

    @classmethod
    def read(cls, run: Path) -> Self:
        try:
            session, *pids = (run / SESSION_LOCK).read_text("utf-8").split()
        except (FileNotFoundError, ValueError):
            return cls(None, ())  # nobody has come as far as writing it
        return cls(session, tuple(int(pid) for pid in pids if pid.isdecimal()))

    def write(self, run: Path) -> None:
        lines = [str(self.session), *map(str, self.pids)]
        (run / SESSION_LOCK).write_text("\n".join(lines) + "\n", "utf-8")

    def joined_by(self, pid: int) -> _Holders:
        return _Holders(self.session, (*(each for each in self.pids if _alive(each)), pid))


def prepare_folder(run: Path) -> None:
    """Make the run's directories, and keep the folder around them out of git.

    Raises `OSError`.
    """
    folder = run.parent.parent if run.parent.name == RUNS else run.parent
    run.mkdir(parents=True, exist_ok=True)
    for name in (CELLS, LIVE):
        (run / name).mkdir(exist_ok=True)
    # A folder that the user keeps other things in must not vanish from their git as a whole.
    ours = all(each.name in (RUNS, ".gitignore") for each in folder.iterdir())
    ignore = (folder if ours else run.parent) / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    journal.create(run)


def clear_live(run: Path) -> None:
    """Forget what the processes of a dead session were doing."""
    # Not the directory: another process of this session may be making it just now.
    for sign in (run / LIVE).iterdir():
        sign.unlink(missing_ok=True)


def _in_use(run: Path, holders: _Holders) -> RunInUseError:
    alive = next(filter(_alive, holders.pids), None)
    who = "another session" if alive is None else f"process {alive}"
    return RunInUseError(
        f"run {run.name!r} is being written by {who}; "
        "wait for it or choose another --harness-run-name"
    )


def _check_resumable(run: Path, *, resume: bool) -> None:
    """Refuse a run that exists and is not to be resumed, or cannot be."""
    if not _exists(run):
        return
    if not resume:
        raise RunInUseError(
            f"run {run.name!r} exists; choose another --harness-run-name "
            "or continue it with --harness-resume"
        )
    load(RunRecord, run / RUN_FILE)


def _exists(run: Path) -> bool:
    if (run / RUN_FILE).exists() or any((run / CELLS).glob("*/*")):
        return True
    ledger = run / LEDGER_FILE
    return ledger.exists() and ledger.stat().st_size > 0


def _check_writable(path: Path) -> None:
    """Check the nearest directory that exists."""
    nearest = next(each for each in (path, *path.absolute().parents) if os.path.lexists(each))
    if not nearest.is_dir():
        raise LedgerError(f"{nearest} is not a directory; choose another --harness-dir")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise LedgerError(
            f"{path} cannot be written because {nearest} is read-only; choose another --harness-dir"
        )
    try:
        # Permissions do not tell all: the superuser has them in file systems that store nothing.
        Path(tempfile.mkdtemp(prefix=".pytest-harness-", dir=nearest)).rmdir()
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be written because {nearest} takes no new directory "
            f"({error.strerror}); choose another --harness-dir"
        ) from error


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
