"""The files of one workspace, reached so that nothing leads out of it.

Directories are opened one below the other and no link is followed by the system, so that it does
not matter what is changed between a look and the use.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pytest_harness.model.tools.naming import (
    MAX_DEPTH,
    Names,
    NotAllowedError,
    NotPossibleError,
    names_of,
    problem_of,
    shown,
    writable_problem,
)

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_LINKS = 40
_MAX_STEPS = 500


class Confined:
    """A workspace.

    Every method raises `NotAllowedError` for what leads out or is no plain file or directory, and
    `NotPossibleError` for what the disk does not give.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self, path: str) -> Names:
        """Return the names that ``path`` consists of, from the workspace on."""
        return names_of(path, self.root)

    @contextmanager
    def directory(self, names: Names) -> Iterator[int]:
        """Open a directory without following any link."""
        descriptor = -1
        try:
            with _told(names):
                descriptor = os.open(self.root, _DIRECTORY)
                for name in names:
                    above, descriptor = descriptor, _step(descriptor, name)
                    os.close(above)
            yield descriptor
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def look(self, names: Names) -> os.stat_result:
        """Return what is at a path, be it a link; those above it are not followed."""
        with self.directory(names[:-1]) as above, _told(names):
            if not names:
                return os.fstat(above)
            return os.stat(names[-1], dir_fd=above, follow_symlinks=False)

    def followed(self, names: Names) -> Names:
        """Return where a path leads with all links followed, as long as they stay inside."""
        done: list[str] = []
        pending = deque(names)
        links = steps = 0
        while pending:
            steps += 1
            name = pending.popleft()
            if steps > _MAX_STEPS or links > _MAX_LINKS or len(done) > MAX_DEPTH:
                raise NotPossibleError(f"{shown(names)} cannot be reached: its links do not end")
            if name == "..":
                if not done:
                    raise _leads_out(names)
                done.pop()
                continue
            target = self._link((*done, name))
            if target is None:
                done.append(name)
                continue
            links += 1
            if target.startswith("/"):
                try:
                    pending.extendleft(reversed(names_of(target, self.root)))
                except NotAllowedError:
                    raise _leads_out(names) from None
                done.clear()
            else:
                pending.extendleft(reversed([p for p in target.split("/") if p not in ("", ".")]))
        return tuple(done)

    @contextmanager
    def reading(self, names: Names) -> Iterator[tuple[BinaryIO, os.stat_result]]:
        """Open a plain file; no link is followed."""
        with self.directory(names[:-1]) as above, _told(names):
            descriptor = _open_plain(above, names)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - it has no path
            info = os.fstat(descriptor)
            _plain(info, names)
            yield file, info

    def check_writable(self, names: Names) -> os.stat_result | None:
        """Return what would be written over, ``None`` for nothing.

        Links, what is no part of the workspace, and files that nobody may write are refused.
        """
        problem = writable_problem(names)
        if problem:
            raise NotAllowedError(problem)
        for length in range(1, len(names) + 1):
            part = names[:length]
            try:
                info = self.look(part)
            except NotPossibleError as error:
                if error.missing:
                    return None
                raise
            if stat.S_ISLNK(info.st_mode):
                raise NotAllowedError(
                    f"{shown(part)} is a link, and nothing is written through links; "
                    "name the file itself"
                )
            if length < len(names) and not stat.S_ISDIR(info.st_mode):
                raise NotPossibleError(f"{shown(part)} is no directory")
        _plain(info, names)
        if not info.st_mode & 0o222:
            raise NotPossibleError(f"{shown(names)} is read-only; leave it as it is")
        return info

    def write(self, names: Names, data: bytes) -> bool:
        """Put a whole file in place in one step; return whether there was none before.

        Directories above it are made. The permissions of a file that was there stay.
        """
        before = self.check_writable(names)
        with self._made(names[:-1]) as above, _told(names):
            _put(above, names[-1], data, None if before is None else before.st_mode & 0o777)
        return before is None

    @contextmanager
    def _made(self, names: Names) -> Iterator[int]:
        for length in range(1, len(names) + 1):
            part = names[:length]
            with self.directory(part[:-1]) as above, _told(part):
                try:
                    os.mkdir(part[-1], dir_fd=above)
                except FileExistsError:
                    continue
        with self.directory(names) as descriptor:
            yield descriptor

    def _link(self, names: Names) -> str | None:
        with self.directory(names[:-1]) as above, _told(names):
            info = os.stat(names[-1], dir_fd=above, follow_symlinks=False)
            if not stat.S_ISLNK(info.st_mode):
                return None
            return os.readlink(names[-1], dir_fd=above)


def _step(above: int, name: str) -> int:
    """Open the next directory; a link is told from something that is no directory."""
    try:
        return os.open(name, _DIRECTORY, dir_fd=above)
    except NotADirectoryError:
        info = os.stat(name, dir_fd=above, follow_symlinks=False)
        if stat.S_ISLNK(info.st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise


def _open_plain(above: int, names: Names) -> int:
    if not names:
        raise NotPossibleError("the workspace itself is a directory; name a file")
    # Opening a pipe or a device can do something, so it is looked at before.
    _plain(os.stat(names[-1], dir_fd=above, follow_symlinks=False), names)
    return os.open(names[-1], _READ, dir_fd=above)


def _plain(info: os.stat_result, names: Names) -> None:
    if stat.S_ISREG(info.st_mode):
        return
    if stat.S_ISDIR(info.st_mode):
        raise NotPossibleError(f"{shown(names)} is a directory; name a file")
    if stat.S_ISLNK(info.st_mode):
        raise NotPossibleError(f"{shown(names)} is a link; name the file itself")
    raise NotAllowedError(
        f"{shown(names)} is a pipe, a socket or a device; only plain files are read and written"
    )


def _put(above: int, name: str, data: bytes, mode: int | None) -> None:
    """Write beside the place and move it there, so that a file with two names changes in one."""
    beside = f".{secrets.token_hex(8)}.part"
    descriptor = os.open(beside, _CREATE, 0o666, dir_fd=above)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it has no path
            if mode is not None:
                os.fchmod(descriptor, mode)
            file.write(data)
        os.rename(beside, name, src_dir_fd=above, dst_dir_fd=above)
    except BaseException:
        os.unlink(beside, dir_fd=above)
        raise


@contextmanager
def _told(names: Names) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise problem_of(error, names) from error


def _leads_out(names: Names) -> NotAllowedError:
    return NotAllowedError(
        f"{shown(names)} is a link that leads out of the workspace; "
        "only what lies in the workspace can be read"
    )
