"""Reading files that a program wrote, and that its agent may have replaced by something else."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from pytest_harness.backends.adapter import Room
from pytest_harness.errors import BackendError
from pytest_harness.vocabulary import Fault


def open_plain(path: Path) -> BinaryIO | None:
    """Open a file for reading; ``None`` if it is none, or behind a link. Nothing blocks."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(number).st_mode):
        return os.fdopen(number, "rb")
    os.close(number)
    return None


def keep_log(room: Room, log: Path, start: int = 0) -> None:
    """Copy a program's own log from byte ``start`` on into the backend's ``log_dir``.

    The copy has a name of its own, and no secrets. Raises `BackendError` if it cannot be written.
    """
    if room.options.log_dir is None:
        return
    to, file = Path(room.options.log_dir), open_plain(log)
    if file is None:
        return
    with file:
        file.seek(start if start <= os.fstat(file.fileno()).st_size else 0)
        try:
            to.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f"{log.stem}-", suffix=".log", dir=to)
            with os.fdopen(descriptor, "wb") as copy:
                shutil.copyfileobj(file, copy)
        except OSError as error:
            raise BackendError(
                Fault.INTERNAL,
                f"log_dir {str(to)!r} cannot be written: {error.strerror}; name another directory",
            ) from error
    room.request.vault.hide_file(Path(name))
