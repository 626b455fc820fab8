"""What every tool is, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_harness.backends.events import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one call of a tool went."""

    text: str
    """What the model is told, of bounded size; where it was refused, why, and what to do."""
    failed: bool = False
    """Whether it did not do what it was asked: a refusal, or an error of the tool."""
    refused: bool = False
    """Whether it was not executed at all: it leads out of the workspace, is not allowed, or its
    arguments do not fit. Implies ``failed``."""
    work: Work = Work.OTHER
    """What the tool does."""
    paths: tuple[str, ...] = ()
    """Files that it read or changed, relative to the workspace."""
    summary: str = ""
    """What it was about, for records: a path, a pattern, a command line."""
    exit: int | None = None
    """Exit code of a command."""
    survivors: int = 0
    """Processes that a command left running and that were ended."""
