"""Finding runs by name, and the link to the newest."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pytest_harness.errors import LedgerError
from pytest_harness.ledger.layout import RUN_FILE, RUNS, run_path
from pytest_harness.run_names import LATEST

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP})


def list_runs(folder: Path) -> list[Path]:
    """Return the directories of all runs below the harness folder, the newest first."""
    found = [
        (path.stat().st_mtime_ns, path.parent)
        for path in (folder / RUNS).glob(f"*/{RUN_FILE}")
        if path.parent.name != LATEST and not path.parent.name.startswith(".")
    ]
    return [run for _, run in sorted(found, reverse=True)]


def find_run(folder: Path, name: str) -> Path:
    """Return the directory of a run.

    ``name`` is ``latest``, the name of a run below the harness ``folder``, or a path to a run's
    directory. Raises `LedgerError` when there is no such run.
    """
    if name == LATEST:
        runs = list_runs(folder)
        link = run_path(folder, LATEST)
        if (link / RUN_FILE).exists():
            return link.resolve()
        if runs:
            return runs[0]
        raise LedgerError(f"there is no run in {folder / RUNS}; start one or name its directory")
    named = run_path(folder, name)
    if "/" not in name and (named / RUN_FILE).exists():
        return named
    if (Path(name) / RUN_FILE).exists():
        return Path(name)
    raise LedgerError(f"there is no run {name!r} in {folder / RUNS}; {_known(folder)}")


def point_latest(run: Path, session: str) -> None:
    """Point ``latest``, beside the run, to it. Raises `OSError`."""
    temporary = run.with_name(f".{LATEST}-{session}-{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(run.name, target_is_directory=True)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return  # this disk knows no links; `find_run` looks for the newest itself
        raise
    temporary.replace(run.with_name(LATEST))


def _known(folder: Path) -> str:
    names = [run.name for run in list_runs(folder)]
    if not names:
        return "there are no runs at all; start one or name its directory"
    shown = ", ".join(names[:5])
    return f"there are {shown}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
