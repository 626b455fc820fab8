"""What the cheat's program told of a trick."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a trick managed; nothing here is taken on trust in its favour."""

    read: tuple[str, ...] = ()
    """What it read that is out of bounds."""
    wrote: tuple[str, ...] = ()
    """What it wrote, or could have written, out of bounds."""
    left: tuple[int, ...] = ()
    """Processes that it left behind."""
    answer: str | None = None
    """Its last message."""


def load_evidence(artifacts: Path) -> Evidence:
    """Read what a candidate's proposal told; empty if nothing is there."""
    try:
        return read_evidence((artifacts / "stdout.jsonl").read_text("utf-8", "replace"))
    except FileNotFoundError:
        return Evidence()


def read_evidence(text: str) -> Evidence:
    """Read the program's standard output; lines that are not its own are left out."""
    found = [line for line in map(_line, text.splitlines()) if line]
    answers = [str(line["text"]) for line in found if line["did"] == "answer"]
    return Evidence(
        read=_told(found, "read"),
        wrote=_told(found, "wrote"),
        left=tuple(int(line["pid"]) for line in found if line["did"] == "left"),
        answer=answers[-1] if answers else None,
    )


def _line(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and line.get("cheat") == 1 and "did" in line else None


def _told(found: list[dict[str, Any]], did: str) -> tuple[str, ...]:
    return tuple(str(line["what"]) for line in found if line["did"] == did)
