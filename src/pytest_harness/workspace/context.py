"""What a proposer is shown, under ``.pytest-harness/`` in its workspace."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.records import CheckResult
from pytest_harness.vocabulary import Outcome
from pytest_harness.workspace.copying import copy_tree, remove_tree
from pytest_harness.workspace.manifest import scan

DIRECTORY = ".pytest-harness"
"""Name of the directory at the root of a workspace."""
HISTORY_BYTES = 100_000
"""Bytes that each of the two forms of the history may take."""

_TAIL = 2000
_LEFT_OUT = b"\n%4d older candidates are left out.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a proposer has to keep to."""

    writable: tuple[str, ...]
    """Patterns of what it may change."""
    timeout: float
    """Seconds for the proposal."""
    round: int
    """Which proposal this is, from 1."""
    budget: int
    """How many proposals there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One earlier candidate."""

    id: str
    """``c0000`` is the baseline."""
    parent: str | None
    """The candidate it was made from."""
    outcome: Outcome
    """What became of it."""
    reason: str
    """One sentence about that."""
    score: float | None
    """From 0 to 1."""
    checks: tuple[CheckResult, ...]
    """What the checks found."""
    diff: bytes
    """The patch that leads from its parent to it."""


def write_context(
    workspace: Path,
    *,
    objective: str,
    limits: Limits,
    environment: str,
    history: Sequence[HistoryEntry] = (),
    evidence: Sequence[Path] = (),
    inputs: Mapping[Path, Path] | None = None,
    history_bytes: int = HISTORY_BYTES,
) -> str:
    """Write the directory anew and return the digest that `verify_context` takes.

    The history lists the best candidate first, then the others from the newest to the oldest;
    what exceeds ``history_bytes`` is left out and said to be. Evidence that has one name several
    times is numbered. ``inputs`` says where in it each file of the target's inputs is to
    lie. Raises `WorkspaceError`.
    """
    root = workspace / DIRECTORY
    remove_tree(root)
    ordered = _ordered(history)
    try:
        root.mkdir()
        (root / "objective.md").write_text(_objective(objective, limits), encoding="utf-8")
        (root / "environment.md").write_text(
            f"# Environment\n\n{environment.strip()}\n", encoding="utf-8", errors="backslashreplace"
        )
        (root / "history.md").write_bytes(_markdown(ordered, history_bytes))
        (root / "history.json").write_bytes(_json(ordered, history_bytes))
        _copy_evidence(evidence, root / "evidence")
        for path, copy in (inputs or {}).items():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    except OSError as error:
        raise WorkspaceError(
            f"cannot write {error.filename or root}: {error.strerror}; "
            "check its permissions and the space on the disk"
        ) from error
    return scan(root).digest


def verify_context(workspace: Path, digest: str) -> bool:
    """Say whether the directory is still as `write_context` left it."""
    root = workspace / DIRECTORY
    if root.is_symlink() or not root.is_dir():
        return False
    try:
        return scan(root).digest == digest
    except WorkspaceError:
        return False


def _objective(objective: str, limits: Limits) -> str:
    writable = "\n".join(f"  - `{pattern}`" for pattern in limits.writable)
    return (
        f"# Objective\n\n{objective.strip()}\n\n# Limits\n\n"
        f"- This is proposal {limits.round} of {limits.budget}.\n"
        f"- It ends after {limits.timeout:g} seconds.\n"
        f"- Only these paths may be changed:\n{writable}\n"
        f"- `{DIRECTORY}/` and `.git/` are no part of the workspace and must not be changed.\n"
    )


def _ordered(history: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """Put the best first, the newer of equals, and then the newest."""
    newest = sorted(history, key=lambda entry: entry.id, reverse=True)
    scored = [entry for entry in newest if entry.score is not None]
    if not scored:
        return newest
    best = max(scored, key=lambda entry: entry.score or 0.0)
    return [best, *(entry for entry in newest if entry is not best)]


def _markdown(history: Sequence[HistoryEntry], limit: int) -> bytes:
    parts = [b"# Candidates so far\n\nThe best comes first, then the newest.\n"]
    if not history:
        parts.append(b"\nNone yet.\n")
    left = limit - sum(map(len, parts)) - len(_LEFT_OUT)
    for position, entry in enumerate(history):
        full, short = _section(entry, whole=True), _section(entry, whole=False)
        chosen = full if len(full) <= left else short
        if len(chosen) > left:
            parts.append(_LEFT_OUT % (len(history) - position))
            break
        parts.append(chosen)
        left -= len(chosen)
    return b"".join(parts)


def _section(entry: HistoryEntry, *, whole: bool) -> bytes:
    score = "none" if entry.score is None else f"{entry.score:.4g}"
    lines = [f"\n## {entry.id}: {entry.outcome}, score {score}\n"]
    if entry.parent is not None:
        lines.append(f"Made from {entry.parent}.\n")
    if entry.reason:
        lines.append(f"{entry.reason}\n")
    lines += [f"- {check.name}: {check.status}. {check.reason}" for check in entry.checks]
    if whole:
        for check in entry.checks:
            if check.tail and check.score != 1:
                lines.append(f"\nEnd of the output of {check.name}:\n")
                lines.append(_fenced(check.tail[-_TAIL:], "text"))
        if entry.diff:
            lines.append("\nChanges:\n")
            lines.append(_fenced(entry.diff.decode("utf-8", "backslashreplace"), "diff"))
    elif entry.diff:
        lines.append(f"\nChanges of {len(entry.diff)} bytes are left out.")
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _fenced(text: str, language: str) -> str:
    """Put text in a fence that nothing in it can close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _json(history: Sequence[HistoryEntry], limit: int) -> bytes:
    entries: list[bytes] = []
    left = limit - len(b'{"candidates": [], "left_out": 000000}\n')
    for entry in history:
        chosen = _object(entry, whole=True)
        if len(chosen) + 2 > left:
            chosen = _object(entry, whole=False)
        if len(chosen) + 2 > left:
            break
        entries.append(chosen)
        left -= len(chosen) + 2
    missing = len(history) - len(entries)
    return b'{"candidates": [%s], "left_out": %d}\n' % (b",\n".join(entries), missing)


def _object(entry: HistoryEntry, *, whole: bool) -> bytes:
    document = {
        "id": entry.id,
        "parent": entry.parent,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "score": entry.score,
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "score": check.score,
                "weight": check.weight,
                "reason": check.reason,
                **({"tail": check.tail[-_TAIL:]} if whole else {}),
            }
            for check in entry.checks
        ],
        "diff": entry.diff.decode("utf-8", "backslashreplace") if whole else None,
    }
    return json.dumps(document, allow_nan=False).encode()


def _copy_evidence(evidence: Sequence[Path], target: Path) -> None:
    if not evidence:
        return
    target.mkdir()
    for path in evidence:
        place = target / path.name
        number = 2
        while os.path.lexists(place):
            place = target / f"{number}-{path.name}"
            number += 1
        if path.is_dir():
            copy_tree(path, place)
        else:
            shutil.copyfile(path, place)
