"""What is kept of a candidate beside its record."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from pytest_harness.ledger.files import explained
from pytest_harness.ledger.hiding import hidden
from pytest_harness.records import CandidateRecord
from pytest_harness.redaction import Vault
from pytest_harness.workspace import copy_tree, remove_tree

ATTEMPTS = "attempts"
"""Directory of what earlier attempts at a proposal left, one directory for each."""
MAX_DIFF_BYTES = 4 << 20
"""Bytes of a candidate's diff that are kept."""


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The directory of one candidate."""

    path: Path
    """Absolute; exists."""
    vault: Vault = field(default_factory=Vault)
    """What is kept out of all files."""

    def write_prompt(self, prompt: str) -> None:
        """Keep what the agent was told."""
        self._write("prompt.md", self.vault.hide(prompt).encode())

    def write_diff(self, patch: bytes) -> None:
        """Keep the patch from the parent, up to `MAX_DIFF_BYTES`."""
        patch = self.vault.hide_bytes(patch)
        kept = patch[:MAX_DIFF_BYTES]
        if len(kept) < len(patch):
            kept += f"\n[... {len(patch) - len(kept)} bytes cut ...]\n".encode()
        self._write("workspace.diff", kept)

    def read_diff(self) -> bytes:
        """Return the patch from the parent; empty if there is none."""
        file = self.path / "workspace.diff"
        return file.read_bytes() if file.exists() else b""

    def set_aside(self, attempt: int) -> None:
        """Move what there is below ``attempts``, out of the way of the next attempt."""
        aside = self.path / ATTEMPTS / str(attempt)
        aside.mkdir(parents=True)
        for file in self.path.iterdir():
            if file.name != ATTEMPTS:
                file.rename(aside / file.name)

    def write_record(self, record: CandidateRecord) -> None:
        """Keep the record, and the evaluation for itself."""
        record = hidden(record, self.vault)
        self._write("candidate.json", record.to_json(indent=1))
        if record.evaluation is not None:
            self._write("evaluation.json", record.evaluation.to_json(indent=1))

    def _write(self, name: str, data: bytes) -> None:
        path = self.path / name
        if path.is_symlink() or not path.is_file():
            # What an agent put there instead would lead elsewhere, or wait for a reader for ever.
            remove_tree(path)
        with explained(path):
            path.write_bytes(data)

    def hide_streams(self) -> None:
        """Hide what a backend wrote here by itself, or before its secrets were known."""
        with explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)  # An agent may have removed it.
        for path in self.path.iterdir():
            self.vault.hide_file(path)


def keep_once(tree: Path, destination: Path, vault: Vault) -> None:
    """Copy a tree without secrets to a place that others may be copying the same tree to."""
    if destination.exists():
        return
    draft = destination.with_name(f"{destination.name}.{os.getpid()}")
    copy_tree(tree, draft)
    for folder, _, names in os.walk(draft):
        for name in names:
            vault.hide_file(Path(folder, name))
    with contextlib.suppress(OSError):  # another process was first
        draft.rename(destination)
    remove_tree(draft)
