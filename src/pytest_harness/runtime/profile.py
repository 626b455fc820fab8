"""Homes for programs: a fresh one for each proposal, or the user's own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.runtime.environment import base_environment
from pytest_harness.workspace.copying import remove_tree

INTERNAL = ("PYTEST_", "HARNESS_", "_PYTEST_", "COV_CORE_", "COVERAGE_", "_HARNESS_")
"""Beginnings of names that belong to the benchmark and never reach an agent."""

_XDG = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A fresh home. No directory of it holds another one, because some programs mind that."""

    home: Path
    """``HOME``, with the directories of the XDG convention in it."""
    config: Path
    """For the program's own settings and credentials."""
    tmp: Path
    """``TMPDIR``."""
    run: Path
    """``XDG_RUNTIME_DIR``."""

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
def fresh_profile(scratch: Path) -> Iterator[Profile]:
    """Make a fresh home below ``scratch`` and remove it afterwards, whatever is in it then.

    Raises `WorkspaceError` when it cannot be removed.
    """
    root = scratch.resolve() / "profile"
    remove_tree(root)
    profile = Profile(root / "home", root / "config", root / "tmp", root / "run")
    root.mkdir(mode=0o700, parents=True)
    for path in (profile.home, profile.config, profile.tmp, profile.run):
        path.mkdir(mode=0o700)
    for below in _XDG.values():
        (profile.home / below).mkdir(parents=True)
    try:
        yield profile
    finally:
        remove_tree(root)


def host_environment(
    source: Mapping[str, str], extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the user's own environment without what belongs to pytest and the benchmark."""
    environment = {name: value for name, value in source.items() if not name.startswith(INTERNAL)}
    environment.setdefault("PATH", os.defpath)
    environment.update(extra or {})
    return environment
