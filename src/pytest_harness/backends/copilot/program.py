"""The program of GitHub Copilot CLI, and the files that it unpacks."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from pytest_harness.backends import npm
from pytest_harness.backends.program import Executable
from pytest_harness.runtime.caches import shared_cache
from pytest_harness.runtime.process import ProcessSpec, Runner

UNPACKED = "COPILOT_PKG_CACHE_HOME"
"""Variable with the directory for the 230 MB that the program unpacks when it is first started."""


def native(found: Path) -> Path | None:
    """Return the native program behind npm's Node program, which leaves orphans when it ends."""
    wrapper = found.resolve()
    if wrapper.suffix != ".js":
        return None
    system, machine = npm.platform()
    names = [f"copilot-{kind}-{machine}" for kind in (f"{system}musl", system)]
    return npm.native(wrapper.parent, names, "copilot", scope="@github")


COPILOT = Executable(
    name="copilot",
    title="Copilot CLI",
    install="npm install -g @github/copilot",
    tested=("1.0.102", "1.0.102"),
    says=re.compile(r"Copilot CLI (\d+\.\d+\.\d+(?:-[\w.]*\w)?)"),
    native=native,
)
"""As npm installs it."""


def unpacked(
    argv: tuple[str, ...], version: str, env: Mapping[str, str], scratch: Path, runner: Runner
) -> Path | None:
    """Return the directory with what the program unpacks, which all its runs may share.

    ``None`` if it did not unpack anything, as another version may: it then does so in its home,
    which takes seconds. Raises `WorkspaceError` if there is no room.
    """

    def fill(cache: Path) -> None:
        # A fence shows the program its scratch directory, and not our cache.
        place = scratch / "unpacked"
        place.mkdir()
        try:
            spec = ProcessSpec(
                argv=(*argv, "--help"),
                cwd=scratch,
                env={**env, UNPACKED: str(place)},
                timeout=120,
            )
            runner.run(spec)
            for each in place.iterdir():
                shutil.move(each, cache / each.name)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    cache = shared_cache(COPILOT.name, version, fill)
    return cache if (cache / "pkg").is_dir() else None
