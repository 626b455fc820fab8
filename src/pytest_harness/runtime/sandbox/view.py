"""What a fenced process sees: an allow list, and what is covered in it."""

from __future__ import annotations

import contextlib
import enum
import os
import pwd
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.runtime.place import Place
from pytest_harness.runtime.process import ProcessSpec
from pytest_harness.runtime.sandbox.paths import (
    STORES,
    SYSTEM,
    Installations,
    below,
    guarded_files,
    package,
    python_prefixes,
    real,
    straight,
    system_links,
)

FILE_VARIABLES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "TZDIR",
)
"""Variables that name something to read."""


class Access(enum.Enum):
    """What may be done with a path and all that lies below it."""

    READ = enum.auto()
    WRITE = enum.auto()
    HIDE = enum.auto()
    LINK = enum.auto()
    """A symbolic link of the system's own, such as ``/bin``."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One path inside; deeper ones prevail over those above them."""

    path: str
    """Where it is seen."""
    access: Access
    """What may be done with it."""
    source: str
    """The real path that is shown there; for a link, where it leads."""


class View:
    """Decides what the processes of one place see.

    Hidden paths win over what is named readable or found on ``PATH``, so that nothing hidden is
    ever shown by mistake; what the fenced programs cannot run without lies deeper, and wins.
    """

    def __init__(
        self,
        place: Place,
        *,
        readable: Iterable[Path] = (),
        home: Path | None = None,
        environment: Mapping[str, str],
    ) -> None:
        homes = () if home is None else (home,)
        writes = [os.path.abspath(path) for path in (*place.writable, *homes)]
        self._writes = tuple(dict.fromkeys([*writes, *map(real, writes)]))
        self._hidden = tuple(dict.fromkeys(map(real, place.hidden)))
        self._users = tuple(map(real, _homes(environment)))
        project = () if place.project is None else (real(place.project),)
        self._private = tuple(dict.fromkeys((*self._users, *project)))
        self._named = (*place.readable, *readable)
        self._installed = Installations((*self._writes, *self._hidden, *self._private))
        self._always = self._without_program()
        self._by_path: dict[str, tuple[str, ...]] = {}

    def of(self, spec: ProcessSpec, program: str | None) -> tuple[Sight, ...]:
        """Return what ``spec`` sees, parents first; ``program`` is the file that is started."""
        needed = list(self._always)
        if program is not None and not self.written(program):
            needed += self._installed.program(straight(program))
        return self._arrange(needed, [*self._named, *spec.readable], self._found(spec.env))

    def written(self, path: str) -> bool:
        """Say whether candidates write there: nothing that such a path leads to is trusted."""
        return any(below(path, each) for each in self._writes)

    def _without_program(self) -> list[str]:
        needed = [package(), *system_links()]
        for prefix in python_prefixes():
            needed += self._installed.prefix(prefix)
        return needed

    def _found(self, env: Mapping[str, str]) -> tuple[str, ...]:
        search = env.get("PATH", os.defpath)
        if search not in self._by_path:
            self._by_path[search] = tuple(self._along(search))
        libraries = env.get("LD_LIBRARY_PATH", "").split(os.pathsep)
        files = [env[name] for name in FILE_VARIABLES if env.get(name)]
        more = [each for each in (*libraries, *files) if os.path.isabs(each)]
        allowed = [each for each in more if not self.written(each) and self._installed.safe(each)]
        return (*self._by_path[search], *allowed)

    def _along(self, search: str) -> Iterator[str]:
        for entry in search.split(os.pathsep):
            if not os.path.isabs(entry) or self.written(os.path.abspath(entry)):
                continue
            for path in dict.fromkeys((os.path.abspath(entry), real(entry))):
                yield from self._installed.directory(path)

    def _arrange(
        self, needed: Iterable[str], named: Iterable[Path], found: Iterable[str]
    ) -> tuple[Sight, ...]:
        wanted: dict[str, Sight] = {}
        for path in (*SYSTEM, *STORES):
            if os.path.islink(path):
                wanted[path] = Sight(path, Access.LINK, os.readlink(path))
            elif os.path.isdir(path):
                wanted[path] = Sight(path, Access.READ, path)
        shown = [path for path in map(os.path.abspath, named) if not self.written(path)]
        for path in (*found, *shown):
            if not any(below(real(path), each) for each in self._hidden):
                wanted.update(self._reading(path))
        # A program that needs the project's files does not need all of the user's.
        uncovered = set(map(real, shown)) - (set(self._users) - set(map(real, self._named)))
        private = [each for each in self._private if each not in uncovered]
        for path in needed:
            wanted.update(self._reading(path))
        for path in (*guarded_files(), *private, *self._hidden):
            if os.path.lexists(path):
                wanted[path] = Sight(path, Access.HIDE, path)
        for path in self._writes:
            if os.path.isdir(path):
                wanted[path] = Sight(path, Access.WRITE, real(path))
        return _without_repetition(wanted)

    def _reading(self, path: str) -> Iterator[tuple[str, Sight]]:
        """Show a path under its real name, and under the given one if links lead to it."""
        source = real(path)
        if not os.path.exists(source) or source == "/":
            return
        for seen in (source, path):
            if seen not in SYSTEM:
                yield seen, Sight(seen, Access.READ, source)


def _homes(environment: Mapping[str, str]) -> set[str]:
    """Return the user's homes: by the environment, and by the system's list of users."""
    homes = {environment.get("HOME", "")}
    with contextlib.suppress(KeyError):  # A user who is not in the list has no other.
        homes.add(pwd.getpwuid(os.getuid()).pw_dir)
    return homes - {"", "/"}


def _without_repetition(wanted: Mapping[str, Sight]) -> tuple[Sight, ...]:
    """Leave out what its surroundings say already; parents come first."""
    kept: dict[str, Sight] = {}
    for path in sorted(wanted, key=lambda each: (each.count("/"), each)):
        sight = wanted[path]
        around = _around(kept, path)
        visible = around is not None and around.access is not Access.HIDE
        if sight.access is Access.READ and visible:
            continue
        if sight.access is Access.HIDE and not visible:
            continue
        if sight.access is Access.WRITE and around is not None and around.access is Access.WRITE:
            continue
        kept[path] = sight
    return tuple(kept.values())


def _around(kept: Mapping[str, Sight], path: str) -> Sight | None:
    """Return the nearest kept sight above a path."""
    while path != "/":
        path = os.path.dirname(path)
        if path in kept:
            return kept[path]
    return None


def shows(sights: Iterable[Sight], path: str) -> bool:
    """Say whether a path can be reached inside."""
    kept = {sight.path: sight for sight in sights}
    nearest = kept.get(path) or _around(kept, path)
    return nearest is not None and nearest.access is not Access.HIDE
