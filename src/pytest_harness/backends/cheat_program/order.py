"""What the program is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Order:
    """One proposal's work."""

    tricks: tuple[str, ...]
    """Names of tricks, tried one after another on the same workspace."""
    workspace: Path
    """The workspace."""
    scratch: Path
    """The proposal's scratch directory."""
    prompt: str
    """What an agent would be told."""
    hidden: tuple[Path, ...]
    """What must be out of sight."""
    harm: bool
    """Whether to write where no proposal may write."""


def read_order(text: str) -> Order:
    """Read one from JSON."""
    given = json.loads(text)
    return Order(
        tricks=tuple(given["tricks"]),
        workspace=Path(given["workspace"]),
        scratch=Path(given["scratch"]),
        prompt=given["prompt"],
        hidden=tuple(map(Path, given["hidden"])),
        harm=given["harm"],
    )
