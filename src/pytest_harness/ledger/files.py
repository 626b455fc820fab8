"""Writing files so that they are there whole or not at all, and saying why they could not be."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from pytest_harness.errors import LedgerError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_UNABLE = frozenset({errno.EINVAL, errno.ENOTSUP})
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


@contextlib.contextmanager
def explained(path: Path, *, writing: bool = True) -> Iterator[None]:
    """Turn an `OSError` of the body into a `LedgerError` of one sentence about ``path``."""
    try:
        yield
    except OSError as error:
        raise LedgerError(sentence(path, error, writing=writing)) from error


def disk_trouble(error: BaseException, path: Path) -> str:
    """Say in one sentence that the disk is what went wrong, and nobody's program; else nothing.

    ``path`` is what was being written where the error does not say it.
    """
    if not isinstance(error, OSError) or error.errno not in _FULL | {errno.EROFS}:
        return ""
    return sentence(Path(error.filename or path), error)


def sentence(path: Path, error: OSError, *, writing: bool = True) -> str:
    """Say in one sentence why ``path`` could not be written or read, and what to do."""
    if not writing:
        return f"{path} cannot be read: {error.strerror}; check its permissions and the disk"
    if error.errno in _FULL:
        return (
            f"{path} cannot be written because the disk is full; "
            "make room and continue the run with --harness-resume"
        )
    if error.errno in _FORBIDDEN:
        return (
            f"{path} cannot be written because its place is read-only; choose another --harness-dir"
        )
    if error.errno in _GONE:
        return (
            f"{path} cannot be written because its directory is gone; "
            "leave the run's directory alone while a session writes it"
        )
    return f"{path} cannot be written: {error.strerror}; choose another --harness-dir"


def write_temporary(path: Path, data: bytes, *, sync: bool) -> Path:
    """Write ``data`` beside ``path`` and return where; whoever calls holds the lock on ``path``.

    With ``sync`` the data is on the disk before this returns.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        write_all(descriptor, data)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return temporary


def write_whole(path: Path, data: bytes, *, sync: bool) -> None:
    """Replace ``path`` by a file with ``data`` in one step."""
    write_temporary(path, data, sync=sync).replace(path)


def sync_directory(path: Path) -> None:
    """Bring the names in a directory to the disk, where its file system can do that."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``; a full disk raises `OSError` instead of a short write."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


class Sign:
    """A line that others may read at any time, rewritten often.

    It is rewritten in place: replacing a file costs the disk far more than the line is worth.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """Where it is; it appears with the first text."""
        self._descriptor: int | None = None

    def show(self, text: str) -> None:
        """Show ``text``, one line, or nothing.

        Behind the line a reader may see what is left of a longer one. Raises `OSError`.
        """
        if self._descriptor is None:
            if not text:
                return
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o666)
        data = text.encode("utf-8", "backslashreplace") + b"\n"
        os.pwrite(self._descriptor, data, 0)
        os.ftruncate(self._descriptor, len(data))

    def remove(self) -> None:
        """Take the text away. Raises `OSError`."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
            self.path.unlink(missing_ok=True)
