"""Where things lie below the harness folder, and what a run may be called."""

from __future__ import annotations

import enum
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from pytest_harness.errors import LedgerError

RUNS: Final = "runs"
LATEST: Final = "latest"
RUN_FILE: Final = "run.json"
LEDGER_FILE: Final = "ledger.jsonl"
CELLS: Final = "cells"
CELL_FILE: Final = "cell.json"
CELL_LOCK: Final = "lock"
CANDIDATES: Final = "candidates"
EARLIER: Final = "earlier"
LIVE: Final = "live"
GATE_LOCK: Final = "gate.lock"
SESSION_LOCK: Final = "session.lock"
LEDGER_LOCK: Final = "ledger.lock"

BEST_PATCH: Final = "best.patch"
"""In a cell's directory: the diff from the workspace to the best candidate."""
ORIGINAL: Final = "original"
"""In a target's directory: the target's workspace, whole."""
SNAPSHOT: Final = "snapshot"
"""In a candidate's directory: the changed and added files, whole."""


class CandidateFile(enum.StrEnum):
    """The files in a candidate's directory."""

    CANDIDATE = "candidate.json"
    PROMPT = "prompt.md"
    STDOUT = "stdout.jsonl"
    STDERR = "stderr.txt"
    EVENTS = "events.jsonl"
    DIFF = "workspace.diff"
    EVALUATION = "evaluation.json"


_RUN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}")


def harness_folder(root: Path, directory: str | Path = ".harness") -> Path:
    """Return the folder that holds the runs; a relative ``directory`` is one below ``root``."""
    return root / directory


def run_path(folder: Path, name: str) -> Path:
    """Return the directory of the run ``name`` below the harness folder."""
    return folder / RUNS / name


def new_run_name(now: datetime) -> str:
    """Return a name for a run that begins at ``now``; such names sort by time."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def check_run_name(name: str) -> None:
    """Raise `LedgerError` unless ``name`` can be the name of a run."""
    if name == LATEST or not _RUN_NAME.fullmatch(name):
        raise LedgerError(
            f"{name!r} cannot be the name of a run; use at most 80 ASCII letters, digits, "
            f"'.', '_' and '-', no leading dot, and not {LATEST!r}"
        )


def cell_path(run: Path, target_id: str, directory: str) -> Path:
    """Return a cell's directory within ``run``.

    Raises `LedgerError` when a name would lead out of it, as one in a forged record can.
    """
    for name in (target_id, directory):
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise LedgerError(f"{name!r} cannot be a directory of a cell; the record is damaged")
    return run / CELLS / target_id / directory
