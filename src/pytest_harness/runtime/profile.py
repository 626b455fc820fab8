"""Homes for programs: a fresh one for each proposal, or the user's own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.environment import base_environment
from pytest_harness.runtime.locks import exclusive
from pytest_harness.workspace.copying import copy_tree, remove_tree

INTERNAL = ("PYTEST_", "HARNESS_", "_PYTEST_", "COV_CORE_", "COVERAGE_", "_HARNESS_")
"""Beginnings of names that belong to the benchmark and never reach an agent."""

_XDG = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSettings:
    """Which home a program gets."""

    home: Path | None = None
    """A directory that is kept between runs; ``None`` for a fresh one each time."""
    seed: Path | None = None
    """A directory whose content a home starts with."""


FRESH = HomeSettings()
"""A fresh and empty home each time."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A home and what belongs to it.

    No directory of it holds another one, because some programs mind that.
    """

    home: Path
    """``HOME``, with the directories of the XDG convention in it."""
    config: Path
    """For the program's own settings and credentials."""
    tmp: Path
    """``TMPDIR``."""
    run: Path
    """``XDG_RUNTIME_DIR``."""

    @property
    def fresh(self) -> tuple[Path, ...]:
        """What is removed afterwards: all of it but a home that is kept."""
        own = self.home.parent == self.config.parent
        return (self.config, self.tmp, self.run, *([self.home] if own else []))

    def environment(
        self,
        source: Mapping[str, str],
        names: Iterable[str] = (),
        extra: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Return the whole environment for a program that lives here.

        Only the usual harmless variables and those called ``names`` come from ``source``.
        """
        own = {name: str(self.home / below) for name, below in _XDG.items()}
        own["XDG_RUNTIME_DIR"] = str(self.run)
        own.update(extra or {})
        return base_environment(source, self.home, self.tmp, own, names=names)


@contextlib.contextmanager
def fresh_profile(scratch: Path, homes: HomeSettings = FRESH) -> Iterator[Profile]:
    """Make a profile below ``scratch`` and remove it afterwards, whatever is in it then.

    A kept home is made if it is missing, stays where it is, and is held alone meanwhile: whoever
    wants it as well waits. All other directories, the one for credentials among them, are always
    fresh. Raises `WorkspaceError` when a home cannot be made or removed.
    """
    root = scratch.resolve() / "profile"
    remove_tree(root)
    root.mkdir(mode=0o700, parents=True)
    with contextlib.ExitStack() as held:
        held.callback(remove_tree, root)
        if homes.home is None:
            home = root / "home"
            _start_home(home, homes.seed)
        else:
            home = held.enter_context(_kept_home(homes.home, homes.seed))
        profile = Profile(home, root / "config", root / "tmp", root / "run")
        for path in (profile.config, profile.tmp, profile.run):
            path.mkdir(mode=0o700)
        for below in _XDG.values():
            (profile.home / below).mkdir(parents=True, exist_ok=True)
        yield profile


@contextlib.contextmanager
def _kept_home(home: Path, seed: Path | None) -> Iterator[Path]:
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        lock = home.with_name(f".{home.name}.lock")
        with exclusive(lock):
            if not home.is_dir():
                # Whole or not at all, should this process die meanwhile.
                making = home.with_name(f".{home.name}.making")
                remove_tree(making)
                _start_home(making, seed)
                making.rename(home)
            yield home.resolve()
    except OSError as error:
        raise WorkspaceError(
            f"the home {home} cannot be used: {error.strerror}; name another directory"
        ) from error


def _start_home(home: Path, seed: Path | None) -> None:
    if seed is None:
        home.mkdir(mode=0o700)
        return
    if not seed.is_dir():
        raise WorkspaceError(f"the seed {seed} of a home is no directory; create it")
    copy_tree(seed, home)
    home.chmod(0o700)


def host_environment(
    source: Mapping[str, str], extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the user's own environment without what belongs to pytest and the benchmark."""
    environment = {name: value for name, value in source.items() if not name.startswith(INTERNAL)}
    environment.setdefault("PATH", os.defpath)
    environment.update(extra or {})
    return environment
