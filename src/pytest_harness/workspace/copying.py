"""Copying, merging and removing directories without ever following a link."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.workspace.manifest import display, special_file, unusable
from pytest_harness.workspace.mounts import detach_mounts

SkipSpecial = Callable[[bytes], bool]
"""Asked for each socket, pipe or device, by path below the source: whether to leave it out."""

_CHUNK = 1 << 20
_NO_RANGE_COPY = frozenset(
    {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}
)


def copy_tree(
    source: Path,
    destination: Path,
    *,
    skip_special: SkipSpecial | None = None,
    without: Collection[bytes] = (),
) -> None:
    """Copy a directory: links as links, modes, empty directories, and the times of files.

    ``.git`` at the root of ``source`` is not copied, nor are the paths below it that ``without``
    names. ``destination`` must not exist. Raises
    `SpecialFileError` for a socket, a pipe or a device unless ``skip_special`` says so, and
    `WorkspaceError` for what cannot be read or written; then nothing is left behind.
    """
    target = os.fsencode(destination)
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        os.mkdir(target, 0o700)  # noqa: PTH102 - the path is bytes
    except FileExistsError as error:
        raise WorkspaceError(
            f"cannot copy to {display(target)}: it exists already; remove it first"
        ) from error
    except OSError as error:
        raise unusable("create", target, b"", error) from error
    try:
        _copy(os.fsencode(source), target, skip_special, without, merge=False)
    except BaseException:
        remove_tree(destination)
        raise


def lay_over(source: Path, destination: Path) -> None:
    """Put everything in ``source`` at its place in ``destination``, which is created if needed.

    What is there already is replaced and never written through: a file takes the place of a link,
    and a directory that of a file. Directories get the modes they have in ``source``. ``.git`` at
    the root of ``source`` is not copied. Raises the same errors as `copy_tree`.
    """
    _copy(os.fsencode(source), os.fsencode(destination), None, (), merge=True)


def copy_entry(source: Path, destination: Path, *, whole: bool) -> None:
    """Replace ``destination`` by what is at ``source``; its parent must be a directory.

    A directory is copied with all that it holds if ``whole``; otherwise only the directory itself
    is made sure of, with its mode. Raises the same errors as `copy_tree`.
    """
    here, there = os.fsencode(source), os.fsencode(destination)
    try:
        info = os.lstat(here)
        if stat.S_ISDIR(info.st_mode) and not whole:
            _make_room(there)
            os.chmod(there, stat.S_IMODE(info.st_mode) | stat.S_IRWXU)  # noqa: PTH101
            return
        _remove(there)
        if stat.S_ISDIR(info.st_mode):
            copy_tree(source, destination, skip_special=lambda _path: True)
        elif stat.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(here), there)  # noqa: PTH115, PTH211
        elif stat.S_ISREG(info.st_mode):
            _copy_file(here, there, info)
    except OSError as error:
        raise unusable("copy", here, b"", error) from error


def remove_tree(path: Path) -> None:
    """Remove whatever is at ``path``, directories without write permission included.

    Nothing being there is fine, and links are removed, not followed; what is mounted there is
    unmounted. Raises `WorkspaceError` for what cannot be removed.
    """
    top = os.fsencode(path)
    try:
        _remove(top)
    except OSError as error:
        culprit = error.filename if isinstance(error.filename, bytes) else top
        raise unusable("remove", top, culprit.removeprefix(top + b"/"), error) from error


def make_empty(path: Path, keep: Sequence[str] = ()) -> None:
    """Make ``path`` an empty directory, or one that has nothing but empty directories of ``keep``.

    What is there already is emptied: to remove a directory takes longer than anything in it. No
    link is followed, and what is mounted there is unmounted. Raises `WorkspaceError`.
    """
    top = os.fsencode(path)
    kept = [top + b"/" + os.fsencode(name) for name in keep]
    try:
        detach_mounts(os.path.abspath(top))  # noqa: PTH100 - the path is bytes
        for inner in _emptied(top):
            if inner not in kept:
                _remove(inner)
        for inner in kept:
            for below in _emptied(inner):
                _remove(below)
    except OSError as error:
        raise unusable("empty", top, b"", error) from error


def _emptied(path: bytes) -> list[bytes]:
    """Make sure of a directory at ``path`` with nothing but the directories that are returned."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode) and mode & stat.S_IRWXU == stat.S_IRWXU:
            return _unlink_all(path)
        _remove(path)
    except FileNotFoundError:
        pass
    os.makedirs(path)  # noqa: PTH103
    return []


def _copy(
    source: bytes,
    destination: bytes,
    skip: SkipSpecial | None,
    without: Collection[bytes],
    *,
    merge: bool,
) -> None:
    directories: list[tuple[bytes, int]] = []
    path = b""
    try:
        root_mode = stat.S_IMODE(os.stat(source).st_mode)  # noqa: PTH116 - the path is bytes
        if merge:
            _make_room(destination)
        directories.append((destination, root_mode | stat.S_IRWXU))
        pending = [b""]
        while pending:
            path = prefix = pending.pop()
            target = destination + b"/" + prefix
            with os.scandir(source + b"/" + prefix) as items:
                for item in items:
                    name = item.name
                    path = prefix + name
                    if path == b".git" or path in without:
                        continue
                    info = item.stat(follow_symlinks=False)
                    mode = info.st_mode
                    new = target + name
                    if stat.S_ISDIR(mode):
                        if merge:
                            _make_room(new)
                        else:
                            os.mkdir(new, 0o700)  # noqa: PTH102
                        directories.append((new, stat.S_IMODE(mode)))
                        pending.append(path + b"/")
                    elif stat.S_ISREG(mode):
                        if merge:
                            _remove(new)
                        _copy_file(item.path, new, info)
                    elif stat.S_ISLNK(mode):
                        if merge:
                            _remove(new)
                        os.symlink(os.readlink(item.path), new)  # noqa: PTH115, PTH211
                    elif skip is None or not skip(path):
                        raise special_file(source, path)
        # A directory without write permission could not be filled, so modes come last.
        for new, mode in reversed(directories):
            os.chmod(new, mode)  # noqa: PTH101
    except OSError as error:
        raise unusable("copy", source, path, error) from error


def _make_room(path: bytes) -> None:
    """Make ``path`` a real directory that can be written to."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        os.makedirs(path, 0o700)  # noqa: PTH103
        return
    if stat.S_ISDIR(info.st_mode):
        if info.st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(path, stat.S_IMODE(info.st_mode) | stat.S_IRWXU)  # noqa: PTH101
    else:
        os.unlink(path)  # noqa: PTH108
        os.mkdir(path, 0o700)  # noqa: PTH102


def _copy_file(source: bytes, destination: bytes, info: os.stat_result) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        writing = os.open(destination, flags, 0o600)
        try:
            if info.st_size < _CHUNK:
                data = os.read(reading, info.st_size + 1)
                while data:
                    data = data[os.write(writing, data) :]
            else:
                _copy_large(reading, writing)
            os.fchmod(writing, stat.S_IMODE(info.st_mode))
            os.utime(writing, ns=(info.st_atime_ns, info.st_mtime_ns))
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_large(reading: int, writing: int) -> None:
    """Copy within the kernel, which may share blocks, and by hand where it cannot."""
    if hasattr(os, "copy_file_range"):
        try:
            while os.copy_file_range(reading, writing, 1 << 30):
                pass
        except OSError as error:
            if error.errno not in _NO_RANGE_COPY:
                raise
        else:
            return
    while data := os.read(reading, _CHUNK):
        while data:
            data = data[os.write(writing, data) :]


def _remove(path: bytes) -> None:
    """Remove what is at ``path``; depths that no path can name are pulled up first."""
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
        detach_mounts(os.path.abspath(path))  # noqa: PTH100
    pulled = 0
    while True:
        try:
            _remove_named(path)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG or not isinstance(error.filename, bytes):
                raise
            names = error.filename.removeprefix(path + b"/").split(b"/")
            half = b"/".join((path, *names[: len(names) // 2]))
            os.rename(half, b"%s/.pulled-up-%d" % (path, pulled))  # noqa: PTH104
            pulled += 1
        else:
            return


def _remove_named(path: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            os.unlink(path)  # noqa: PTH108
            return
        pending = [path]
        directories = []
        while pending:
            directory = pending.pop()
            directories.append(directory)
            pending.extend(_empty(directory))
        for directory in reversed(directories):
            try:
                os.rmdir(directory)  # noqa: PTH106
            except PermissionError:
                if directory == path:
                    raise
                os.chmod(os.path.dirname(directory), stat.S_IRWXU)  # noqa: PTH101, PTH120
                os.rmdir(directory)  # noqa: PTH106


def _empty(directory: bytes) -> list[bytes]:
    """Remove all but the directories in ``directory`` and return those."""
    try:
        return _unlink_all(directory)
    except PermissionError:
        os.chmod(directory, stat.S_IRWXU)  # noqa: PTH101
        return _unlink_all(directory)


def _unlink_all(directory: bytes) -> list[bytes]:
    inner = []
    with os.scandir(directory) as items:
        for item in items:
            if item.is_dir(follow_symlinks=False):
                inner.append(item.path)
            else:
                os.unlink(item.path)  # noqa: PTH108
    return inner
