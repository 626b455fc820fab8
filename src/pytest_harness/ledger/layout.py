"""Where things lie below the harness folder."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Final

from pytest_harness.errors import LedgerError

RUNS: Final = "runs"
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
    TRANSCRIPT = "transcript.jsonl"
    """Of a plain model alone."""
    DIFF = "workspace.diff"
    EVALUATION = "evaluation.json"


def harness_folder(root: Path, directory: str | Path = ".harness") -> Path:
    """Return the folder that holds the runs; a relative ``directory`` is one below ``root``."""
    return root / directory


def run_path(folder: Path, name: str) -> Path:
    """Return the directory of the run ``name`` below the harness folder."""
    return folder / RUNS / name


def cell_path(run: Path, target_id: str, directory: str) -> Path:
    """Return a cell's directory within ``run``.

    Raises `LedgerError` when a name would lead out of it, as one in a forged record can.
    """
    for name in (target_id, directory):
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise LedgerError(f"{name!r} cannot be a directory of a cell; the record is damaged")
    return run / CELLS / target_id / directory
