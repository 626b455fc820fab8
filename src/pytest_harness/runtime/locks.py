"""Kernel locks on files.

The kernel releases such a lock however its process ends, and no child keeps one: descriptors are
closed on ``exec`` and, by a hook, after a plain ``fork``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class FileLock:
    """A lock on one file that can be held for long and converted.

    Two objects exclude each other even within one process; one object must not be used by two
    threads at a time.
    """

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock, in either form."""
        return self._descriptor is not None

    def exclusive(self, *, blocking: bool = True) -> bool:
        """Take the lock alone, or convert to that; false if it is taken and we do not wait.

        A conversion first gives up what was held, and a failed one leaves nothing held.
        Raises `OSError` when the file cannot be opened.
        """
        return self._take(fcntl.LOCK_EX, blocking=blocking)

    def shared(self, *, blocking: bool = True) -> bool:
        """Take the lock together with others, or convert to that; see `exclusive`."""
        return self._take(fcntl.LOCK_SH, blocking=blocking)

    def release(self) -> None:
        """Give the lock up; nothing happens if it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _held.discard(self)
            os.close(descriptor)

    def _take(self, form: int, *, blocking: bool) -> bool:
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            _held.add(self)
        try:
            fcntl.flock(self._descriptor, form if blocking else form | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        except BaseException:
            self.release()
            raise
        return True


@contextlib.contextmanager
def exclusive(path: Path, *, blocking: bool = True) -> Iterator[None]:
    """Hold ``path`` alone; the file is made if need be and never removed.

    Raises `BlockingIOError` when the lock is taken and ``blocking`` is false.
    """
    lock = FileLock(path)
    try:
        if not lock.exclusive(blocking=blocking):
            raise BlockingIOError(f"{path} is locked by another process")
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def shared(path: Path, *, blocking: bool = True) -> Iterator[None]:
    """Hold ``path`` together with others that share it; otherwise as `exclusive`."""
    lock = FileLock(path)
    try:
        if not lock.shared(blocking=blocking):
            raise BlockingIOError(f"{path} is locked by another process")
        yield
    finally:
        lock.release()


_held: set[FileLock] = set()


def _let_go_in_child() -> None:
    """Close a forked child's copies, which would keep the locks after the parent's death."""
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_let_go_in_child)
