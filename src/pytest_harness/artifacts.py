"""What is kept of a candidate beside its record."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.records import CandidateRecord
from pytest_harness.workspace import copy_tree, remove_tree

MAX_DIFF_BYTES = 4 << 20
"""Bytes of a candidate's diff that are kept."""


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The directory of one candidate."""

    path: Path
    """Absolute; exists."""

    def write_prompt(self, prompt: str) -> None:
        """Keep what the agent was told."""
        (self.path / "prompt.md").write_text(prompt, encoding="utf-8")

    def write_diff(self, patch: bytes) -> None:
        """Keep the patch from the parent, up to `MAX_DIFF_BYTES`."""
        kept = patch[:MAX_DIFF_BYTES]
        if len(kept) < len(patch):
            kept += f"\n[... {len(patch) - len(kept)} bytes cut ...]\n".encode()
        (self.path / "workspace.diff").write_bytes(kept)

    def read_diff(self) -> bytes:
        """Return the patch from the parent; empty if there is none."""
        file = self.path / "workspace.diff"
        return file.read_bytes() if file.exists() else b""

    def write_record(self, record: CandidateRecord) -> None:
        """Keep the record, and the evaluation for itself."""
        (self.path / "candidate.json").write_bytes(record.to_json(indent=1))
        if record.evaluation is not None:
            (self.path / "evaluation.json").write_bytes(record.evaluation.to_json(indent=1))


def keep_once(tree: Path, destination: Path) -> None:
    """Copy a tree to a place that other processes may be copying the same tree to."""
    if destination.exists():
        return
    draft = destination.with_name(f"{destination.name}.{os.getpid()}")
    copy_tree(tree, draft)
    with contextlib.suppress(OSError):  # another process was first
        draft.rename(destination)
    remove_tree(draft)
