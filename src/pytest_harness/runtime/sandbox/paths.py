"""What a program needs to read in order to run, found from where it lies."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt")
"""Where the system keeps what everybody may read."""

STORES = ("/nix", "/gnu", "/sys/devices/system")
"""The same, on some systems only; the last tells programs how many processors there are."""

PROGRAM_DIRECTORIES = ("bin", "sbin", "shims", "libexec")
"""Names of directories that belong to a larger installation above them."""

INSTALLED = ("lib", "lib64", "libexec", "versions", "installs")
"""What such an installation has."""

_PREFIX_PARTS = ("bin", "lib", "lib64", "libexec", "include", "share", "pyvenv.cfg")


def below(path: str, top: str) -> bool:
    """Say whether an absolute path is ``top`` or lies in it, by its name alone."""
    return path == top or top == "/" or path.startswith(top + "/")


def real(path: str | Path) -> str:
    """Return a path with every link followed; what does not exist keeps its name."""
    return os.path.realpath(path)


class Installations:
    """Finds what programs need, never giving away more than the installation they belong to.

    ``guarded`` are places that must not be shown because a program happens to lie in them: the
    user's home, the project, what is hidden, and where candidates write.
    """

    def __init__(self, guarded: tuple[str, ...]) -> None:
        self._guarded = guarded

    def safe(self, directory: str) -> bool:
        """Say whether a whole directory may be shown: it holds no guarded place."""
        return directory != "/" and not any(below(each, directory) for each in self._guarded)

    def prefix(self, prefix: str) -> Iterator[str]:
        """Yield what belongs to the installation at ``prefix``, the whole of it if it is safe."""
        if self.safe(prefix):
            yield prefix
            return
        for part in _PREFIX_PARTS:
            path = f"{prefix}/{part}"
            if os.path.lexists(path) and self.safe(path):
                yield path

    def directory(self, entry: str) -> Iterator[str]:
        """Yield what an entry of ``PATH`` needs: itself, and its installation if it has one."""
        if not os.path.isdir(entry) or not self.safe(entry):
            return
        above, name = os.path.split(entry)
        private = {f"{each}/.local" for each in self._guarded}
        if (
            name in PROGRAM_DIRECTORIES
            and above not in private
            and self.safe(above)
            and any(os.path.isdir(f"{above}/{each}") for each in INSTALLED)
        ):
            yield above
        yield entry

    def program(self, file: str) -> Iterator[str]:
        """Yield what a program needs beside the system, the interpreter of its first line too."""
        yield from self._file(file)
        interpreter = shebang(file)
        if interpreter is not None:
            yield from self._file(interpreter)

    def _file(self, file: str) -> Iterator[str]:
        for path in dict.fromkeys((file, real(file))):
            head, modules, _ = path.partition("/node_modules/")
            if modules and self.safe(head + "/node_modules"):
                yield head + "/node_modules"
                continue
            directory = os.path.dirname(path)
            yield from self.directory(directory)
            yield path
            prefix = os.path.dirname(directory)
            if os.path.isfile(f"{prefix}/pyvenv.cfg"):
                base = real(path if "python" in os.path.basename(path) else f"{directory}/python")
                yield from self.prefix(prefix)
                yield from self.prefix(os.path.dirname(os.path.dirname(base)))


@lru_cache(maxsize=256)
def shebang(file: str) -> str | None:
    """Return the interpreter that the first line of a script names, or ``None``."""
    try:
        with open(file, "rb") as opened:
            line = opened.readline(256)
    except OSError:
        return None
    words = line[2:].split() if line.startswith(b"#!") else []
    return os.fsdecode(words[0]) if words else None


def python_prefixes() -> tuple[str, ...]:
    """Return the directories of the running Python, and its virtual environment's."""
    found = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    program = os.path.dirname(os.path.dirname(real(sys.executable)))
    return tuple(dict.fromkeys((*map(straight, found), program)))


def python() -> str:
    """Return the running Python's program."""
    return straight(sys.executable)


def straight(path: str) -> str:
    """Return an absolute path without ``..``, whose detour may not be there inside.

    Its last part may be a link, which matters to programs that look for what lies beside them.
    """
    if ".." not in path.split("/"):
        return path
    return os.path.join(real(os.path.dirname(path)), os.path.basename(path))


def package() -> str:
    """Return the directory of this package, some files of which are programs."""
    return str(Path(__file__).parents[1])


@lru_cache(maxsize=1)
def system_links() -> tuple[str, ...]:
    """Return files outside the system that the system's own links lead to."""
    target = real("/etc/resolv.conf")
    outside = not any(below(target, top) for top in SYSTEM)
    return (target,) if outside and os.path.isfile(target) else ()


@lru_cache(maxsize=1)
def guarded_files() -> tuple[str, ...]:
    """Return what the superuser alone may read below ``/etc``.

    Empty for everybody else, whom the system itself keeps out.
    """
    if os.geteuid() != 0:
        return ()
    found: list[str] = []
    for directory, directories, files in os.walk("/etc"):
        for name in (*directories, *files):
            path = f"{directory}/{name}"
            mode = os.lstat(path).st_mode
            wanted = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
            if not stat.S_ISLNK(mode) and mode & wanted != wanted:
                found.append(path)
                if name in directories:
                    directories.remove(name)
    return tuple(found)
